"""What becomes of an operation when an edit has its say."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, final

from torch import Tensor

from encoder.operations.cell import Cell, Values
from encoder.operations.notation import number
from encoder.operations.operation import Operation
from encoder.operations.source import Source


@final
@dataclass(frozen=True, eq=False)
class Replaced(Operation):
    """An edit gave the number; whatever the encoder had computed in this place was dropped."""

    tensor: Tensor
    name = "replacement"
    formula = "replaced"

    @property
    def sources(self) -> Mapping[str, Source]:
        return {}

    def evaluate(self, cell: Cell, values: Values) -> Tensor:
        return self.tensor.detach()[cell.index]

    def arithmetic(self, cell: Cell, values: Values) -> str:
        return number(self.evaluate(cell, values))

    def remark(self, values: Values) -> str:
        return "replaced by an edit, not computed"


@dataclass(frozen=True)
class Edited(Operation):
    """An edit changed what an operation had made; `done` says in a word what became of it."""

    operation: Operation
    done: ClassVar[str]

    @property
    @abstractmethod
    def change(self) -> str:
        """What was done, for the remark: "head 1 of layer 0 was scaled by 0.5"."""

    @property
    def name(self) -> str:
        return f"{self.operation.name}, {self.done} by an edit"

    @property
    def sources(self) -> Mapping[str, Source]:
        return self.operation.sources

    def remark(self, values: Values) -> str:
        return "; ".join(filter(None, (self.operation.remark(values), f"{self.change} by an edit")))


@final
@dataclass(frozen=True)
class Scaled(Edited):
    """An edit multiplied what the encoder had computed by a factor; `whose` says what was scaled."""

    factor: float
    whose: str
    done = "scaled"

    @property
    def change(self) -> str:
        return f"{self.whose} was scaled by {number(self.factor)}"

    @property
    def formula(self) -> str:
        return f"{number(self.factor)} · ({self.operation.formula})"

    def terms(self, values: Values) -> Tensor | None:
        terms = self.operation.terms(values)
        return None if terms is None else self.factor * terms

    def evaluate(self, cell: Cell, values: Values) -> Tensor:
        return self.factor * self.operation.evaluate(cell, values)

    def arithmetic(self, cell: Cell, values: Values) -> str:
        return f"{number(self.factor)} · ({self.operation.arithmetic(cell, values)})"
