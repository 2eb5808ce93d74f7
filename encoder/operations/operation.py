"""What all operations have in common: sources, a value that follows from them, and a way to write it down."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, cast

from torch import Tensor

from encoder.operations.cell import Cell, Values
from encoder.operations.notation import number
from encoder.operations.source import Source


class Operation(ABC):
    """How one number of the trace is made from others.

    Each operation is a frozen dataclass whose fields declare its sources; a field that is None has no source. The
    formula holds those fields in braces: filled with names it is the equation, filled with numbers the arithmetic.
    """

    @property
    @abstractmethod
    def name(self) -> str:
        """What the operation is called."""

    @property
    @abstractmethod
    def formula(self) -> str:
        """What is computed, with the fields in braces."""

    @abstractmethod
    def evaluate(self, cell: Cell, values: Values) -> Tensor:
        """Make the cell's number from the numbers of its sources."""

    def terms(self, values: Values) -> Tensor | None:
        """The numbers that are added up on the way, where there is such a sum: one for each number of a source."""
        return None

    @property
    def sources(self) -> Mapping[str, Source]:
        """The declared sources, by the name of the field."""
        declared = {field.name: getattr(self, field.name) for field in fields(cast(Any, self))}
        return {field: Source.read(text) for field, text in declared.items() if text is not None}

    @property
    def equation(self) -> str:
        """The formula with the names of the sources."""
        return self.formula.format(**{field: source.name for field, source in self.sources.items()})

    def arithmetic(self, cell: Cell, values: Values) -> str:
        """The formula with the numbers of the sources; the result is left out."""
        return self.formula.format(**{field: number(value) for field, value in values.items()})

    def remark(self, values: Values) -> str:
        """What has to be said about this cell besides, if anything."""
        return ""
