"""How numbers, and the places of cells, are written."""

import math
import re
from collections.abc import Sequence

from torch import Tensor

SHOWN_PRODUCTS = 3


def number(value: Tensor | float) -> str:
    """Write a number with four digits that count; a true minus, and ∞ where it is.

    >>> number(-0.311234), number(float("-inf")), number(17), number(True)
    ('−0.3112', '−∞', '17', 'True')
    """
    value = value.item() if isinstance(value, Tensor) else value
    if isinstance(value, int):
        return str(value).replace("-", "−")
    if math.isnan(value):
        return "NaN"
    return f"{value + 0.0:.4g}".replace("inf", "∞").replace("-", "−")  # adding 0 makes −0 a plain 0


def tidy(arithmetic: str) -> str:
    """Let two signs in a row become one, and put brackets about a negative factor.

    >>> tidy("2 + −3"), tidy("2 · −3")
    ('2 − 3', '2 · (−3)')
    """
    return re.sub(r"· (−[^ )]+)", r"· (\1)", arithmetic.replace("+ −", "− ").replace("− −", "+ "))


def sum_of_products(first: Tensor, second: Tensor) -> str:
    """Write out the first products of a sum, and that there are more.

    >>> import torch
    >>> sum_of_products(torch.tensor([1.5, 2.0, 0.0, 1.0]), torch.tensor([2.0, -1.0, 0.5, 1.0]))
    '1.5·2 + 2·(−1) + 0·0.5 + …'
    """
    shown = zip(first.flatten()[:SHOWN_PRODUCTS], second.flatten()[:SHOWN_PRODUCTS], strict=True)
    products = [f"{_factor(a)}·{_factor(b)}" for a, b in shown]
    return " + ".join(products + ["…"] * (first.numel() > SHOWN_PRODUCTS))


def place(path: str, index: Sequence[int | slice], axes: Sequence[str] = ()) -> str:
    """Write a cell, or a slice of cells, with the axes in words where they have names.

    >>> place("layers.0.attention.weights", (0, 2, 3, slice(None)), ("batch", "head", "query", "key"))
    'layers.0.attention.weights[0, head 2, query 3, :]'
    >>> place("embedding.sum", (0, slice(4, 7), 2), ("batch", "token", "d_model"))
    'embedding.sum[0, token 4:7, d_model 2]'
    """
    names = [f"{axis} " if axis != "batch" else "" for axis in axes] or [""] * len(index)
    words = (":" if at == slice(None) else f"{name}{_range(at)}" for name, at in zip(names, index, strict=True))
    return f"{path}[{', '.join(words)}]"


def _range(at: int | slice) -> str:
    return f"{at.start}:{at.stop}" if isinstance(at, slice) else str(at)


def _factor(value: Tensor) -> str:
    return f"({number(value)})" if value < 0 else number(value)
