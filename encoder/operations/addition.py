"""Adding two vectors, dimension by dimension."""

from dataclasses import dataclass
from typing import final

from torch import Tensor

from encoder.operations.cell import Cell, Values
from encoder.operations.operation import Operation


@final
@dataclass(frozen=True)
class Addition(Operation):
    """Add an update to what was there; where the encoder has no such update, what was there stays."""

    x: str
    update: str | None
    name = "sum"

    @property
    def formula(self) -> str:
        return "{x}" if self.update is None else "{x} + {update}"

    def evaluate(self, cell: Cell, values: Values) -> Tensor:
        return values["x"] if self.update is None else values["x"] + values["update"]
