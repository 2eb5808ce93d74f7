"""Turning scores into shares of attention."""

from dataclasses import dataclass
from math import isfinite
from typing import final

import torch
from torch import Tensor

from encoder.operations.cell import Cell, Values
from encoder.operations.notation import number
from encoder.operations.operation import Operation

LARGEST_EXPONENT = 700


@final
@dataclass(frozen=True)
class Softmax(Operation):
    """Turn one query's scores into shares that sum to 1: exp(s) / Σ exp(s), the sum over all keys.

    Scores whose exponentials no number could hold are all lowered by the largest one first, which changes no share.
    """

    scores: str
    name = "softmax"
    formula = "exp({scores}) / Σ_key exp({scores})"

    def terms(self, values: Values) -> Tensor:
        return (values["scores"] - _shift(values["scores"])).exp()

    def evaluate(self, cell: Cell, values: Values) -> Tensor:
        return values["scores"].softmax(dim=-1)[cell.places["key"]]

    def arithmetic(self, cell: Cell, values: Values) -> str:
        score, shift = values["scores"][cell.places["key"]], _shift(values["scores"])
        if not shift:
            return f"exp({number(score)}) / Σ exp"
        return f"exp({number(score)} − {number(shift)}) / Σ exp(s − {number(shift)})"


def _shift(scores: Tensor) -> Tensor:
    """What to take away from every score so that the exponentials stay finite: nothing, as a rule."""
    largest = scores.max()
    return largest if isfinite(largest) and largest.abs() > LARGEST_EXPONENT else torch.zeros_like(largest)
