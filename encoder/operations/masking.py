"""Hiding the keys that may not be looked at."""

from dataclasses import dataclass
from math import inf
from typing import final

from torch import Tensor

from encoder.operations.cell import Cell, Values
from encoder.operations.notation import number
from encoder.operations.operation import Operation


@final
@dataclass(frozen=True)
class Masking(Operation):
    """Keep the score of a key that may be looked at, and put −∞ in the place of any other."""

    scores: str
    key_mask: str | None
    name = "masking"

    @property
    def formula(self) -> str:
        return "{scores}" if self.key_mask is None else "{scores} if {key_mask} else −∞"

    def evaluate(self, cell: Cell, values: Values) -> Tensor:
        return values["scores"] if _may_be_looked_at(values) else values["scores"].new_tensor(-inf)

    def arithmetic(self, cell: Cell, values: Values) -> str:
        return number(self.evaluate(cell, values))

    def remark(self, values: Values) -> str:
        if self.key_mask is None:
            return "nothing is masked"
        return "this key may be looked at" if _may_be_looked_at(values) else "this key is masked"


def _may_be_looked_at(values: Values) -> bool:
    return "key_mask" not in values or bool(values["key_mask"])
