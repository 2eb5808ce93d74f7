"""A table on disk: JSON that is either read whole or refused with the command that makes it."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch
from jaxtyping import Float
from torch import Tensor

from encoder.weights.nested import Shape
from encoder.whole_number import is_whole_number

Table = TypeVar("Table")


def write_table(path: Path | str, content: Mapping[str, Any]) -> None:
    """Write the content as JSON, in one line."""
    Path(path).write_text(json.dumps(content) + "\n", encoding="utf-8")


def read_table(path: Path | str, parse: Callable[[Mapping[str, Any]], Table], what: str, command: str) -> Table:
    """Return what `parse` makes of the file's content; what `parse` does not find there may be a KeyError to it.

    Raises ValueError that names the file, says what it is not, and names the command that makes it.
    """
    try:
        return parse(json.loads(Path(path).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise ValueError(f"{path} is no table of {what} ({error}). Make it with `python -m {command}`.") from error


def count(number: object) -> int:
    """Return the number; raises ValueError if it is no whole number of at least 0."""
    if not is_whole_number(number) or number < 0:
        raise ValueError(f"{number!r} is no whole number of at least 0")
    return number


def share(number: object) -> float:
    """Return the number; raises ValueError if it is none from 0 to 1."""
    if not isinstance(number, int | float) or isinstance(number, bool) or not 0 <= number <= 1:
        raise ValueError(f"{number!r} is no number from 0 to 1")
    return float(number)


def head_map(rows: object, shape: Shape, what: str) -> Float[Tensor, "layer head"]:
    """Return the rows as a map of every head, float64; raises ValueError if they are not [layer, head]."""
    values = torch.tensor(rows, dtype=torch.float64)
    if values.shape != (shape.n_layers, shape.n_heads):
        raise ValueError(f"{what} of {shape} is {tuple(values.shape)}, not [layer, head]")
    return values
