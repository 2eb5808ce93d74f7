"""A tensor of any number of axes as a table: two axes to see, a place on each of the others."""

from collections.abc import Mapping, Sequence

import numpy as np
from torch import Tensor

TOKEN_AXES = ("token", "query", "key")


def first_axes(axes: Sequence[str]) -> tuple[str, str]:
    """Return the two axes to begin with: tokens as rows, and the last axis as columns.

    >>> first_axes(("batch", "head", "query", "key")), first_axes(("batch", "token")), first_axes(("token", "d_model"))
    (('query', 'key'), ('token', 'batch'), ('token', 'd_model'))
    """
    rows = next(axis for axis in axes if axis in TOKEN_AXES)
    return rows, next(axis for axis in reversed(axes) if axis != rows)


def tensor_slice(tensor: Tensor, axes: Sequence[str], rows: str, columns: str, places: Mapping[str, int]) -> np.ndarray:
    """Return the numbers [row, column] at the given places of all other axes, as they are; True becomes 1.

    Raises:
        ValueError: if rows and columns are not two different axes, or an axis besides them has no place.
    """
    others = [axis for axis in axes if axis not in (rows, columns)]
    if rows == columns or {rows, columns} - set(axes) or set(others) - set(places):
        raise ValueError(
            f"rows are {rows!r}, columns are {columns!r}, and there are places on {sorted(places)}; this tensor has "
            f"the axes {', '.join(axes)}. Choose two different ones, and a place on each of the others."
        )
    table = tensor[tuple(slice(None) if axis in (rows, columns) else places[axis] for axis in axes)].numpy()
    table = table if axes.index(rows) < axes.index(columns) else table.T
    return table.astype(np.float32) if table.dtype == bool else table


def axis_labels(axis: str, size: int, tokens: Sequence[str]) -> list[str]:
    """Return what to call each place of an axis: tokens by position and piece, all others by number.

    >>> axis_labels("key", 2, ["[CLS]", "dogs"]), axis_labels("head", 2, ["[CLS]", "dogs"])
    (['0 · [CLS]', '1 · dogs'], ['0', '1'])
    """
    if axis in TOKEN_AXES:
        return [f"{position} · {token}" for position, token in enumerate(tokens)]
    return [str(place) for place in range(size)]
