"""The position encoding that is a formula and not a table."""

import math
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor

from encoder.operations.cell import Cell, Values
from encoder.operations.operation import Operation


@final
@dataclass(frozen=True)
class Sinusoid(Operation):
    """The height of a wave at this position: a sine in even dimensions, a cosine in odd ones.

    Dimensions 2i and 2i+1 share the wave of angle p / 10000^(2i/d_model). Source: Vaswani et al. 2017 §3.5.
    """

    name = "sinusoid"
    formula = "sin or cos(token / 10000^(2i / d_model))"

    def evaluate(self, cell: Cell, values: Values) -> Tensor:
        angle = cell.places["token"] / 10000.0 ** (_twice_the_pair(cell) / cell.config.d_model)
        return torch.tensor(math.cos(angle) if _is_cosine(cell) else math.sin(angle), dtype=torch.float64)

    def arithmetic(self, cell: Cell, values: Values) -> str:
        wave = "cos" if _is_cosine(cell) else "sin"
        return f"{wave}({cell.places['token']} / 10000^({_twice_the_pair(cell)}/{cell.config.d_model}))"


def _twice_the_pair(cell: Cell) -> int:
    return 2 * (cell.places["d_model"] // 2)


def _is_cosine(cell: Cell) -> bool:
    return cell.places["d_model"] % 2 == 1
