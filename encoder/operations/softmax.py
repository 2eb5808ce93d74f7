"""Turning scores into shares of attention."""

from dataclasses import dataclass
from typing import final

from torch import Tensor

from encoder.operations.cell import Cell, Values
from encoder.operations.notation import number
from encoder.operations.operation import Operation


@final
@dataclass(frozen=True)
class Softmax(Operation):
    """Turn one query's scores into shares that sum to 1: exp(s) / Σ exp(s), the sum over all keys.

    All scores are lowered by the largest one first, so that every exponential can be held; that changes no share.
    """

    scores: str
    name = "softmax"
    formula = "exp({scores}) / Σ_key exp({scores})"

    def terms(self, values: Values) -> Tensor:
        return (values["scores"] - values["scores"].max()).exp()

    def evaluate(self, cell: Cell, values: Values) -> Tensor:
        return values["scores"].softmax(dim=-1)[cell.places["key"]]

    def arithmetic(self, cell: Cell, values: Values) -> str:
        scores = values["scores"]
        score, largest, total = scores[cell.places["key"]], scores.max(), self.terms(values).sum()
        return f"exp({number(score)} − max {number(largest)}) / {number(total)}"
