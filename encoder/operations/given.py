"""What is put into the encoder, and not computed by it."""

from dataclasses import dataclass
from typing import final

from torch import Tensor

from encoder.operations.cell import Cell, Values
from encoder.operations.notation import number
from encoder.operations.operation import Operation


@final
@dataclass(frozen=True)
class Given(Operation):
    """The number was given from outside: here every story starts."""

    name = "given"
    formula = "given"

    def evaluate(self, cell: Cell, values: Values) -> Tensor:
        return cell.recorded

    def arithmetic(self, cell: Cell, values: Values) -> str:
        return number(cell.recorded)

    def remark(self, values: Values) -> str:
        return "given"
