"""Dividing the dot products by √d_head."""

from dataclasses import dataclass
from math import sqrt
from typing import final

from torch import Tensor

from encoder.operations.cell import Cell, Values
from encoder.operations.notation import number
from encoder.operations.operation import Operation


@final
@dataclass(frozen=True)
class Scaling(Operation):
    """Divide by √d_head, so that the spread of the scores does not grow with the size of a head."""

    dot_products: str
    name = "scaling"
    formula = "{dot_products} / √d_head"

    def evaluate(self, cell: Cell, values: Values) -> Tensor:
        return values["dot_products"] / sqrt(cell.config.d_head)

    def arithmetic(self, cell: Cell, values: Values) -> str:
        return f"{number(values['dot_products'])} / √{cell.config.d_head}"
