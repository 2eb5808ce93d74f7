"""Multiplying pairs of numbers and adding the products up: most of what an encoder does."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import final

from torch import Tensor

from encoder.operations.cell import Cell, Values
from encoder.operations.notation import number, sum_of_products
from encoder.operations.operation import Operation


class SumOfProducts(Operation):
    """The sum of a row of numbers, each multiplied by its partner."""

    @property
    @abstractmethod
    def factors(self) -> tuple[str, str]:
        """The two fields whose numbers are multiplied pair by pair."""

    def terms(self, values: Values) -> Tensor:
        first, second = (values[field] for field in self.factors)
        return first * second.reshape(first.shape)  # W_O's rows hold all heads in one column; context has them apart

    def evaluate(self, cell: Cell, values: Values) -> Tensor:
        return self.terms(values).sum()

    def arithmetic(self, cell: Cell, values: Values) -> str:
        first, second = (values[field] for field in self.factors)
        return sum_of_products(first, second)


@final
@dataclass(frozen=True)
class DotProduct(SumOfProducts):
    """How well two vectors match: the products of their dimensions, added up."""

    query: str
    key: str
    name = "dot product"
    formula = "{query}·{key}"
    factors = ("query", "key")


@final
@dataclass(frozen=True)
class Mixture(SumOfProducts):
    """An average of the values in which each key counts by its weight."""

    weights: str
    value: str
    name = "weighted sum"
    formula = "Σ_key {weights} · {value}"
    factors = ("weights", "value")


@final
@dataclass(frozen=True)
class Projection(SumOfProducts):
    """One dimension of x·W + b: the vector's match with one column of a learned matrix, plus a bias."""

    x: str
    W: str
    b: str
    name = "projection"
    formula = "{x}·{W} + {b}"
    factors = ("x", "W")

    def evaluate(self, cell: Cell, values: Values) -> Tensor:
        return self.terms(values).sum() + values["b"]

    def arithmetic(self, cell: Cell, values: Values) -> str:
        return f"{super().arithmetic(cell, values)} + {number(values['b'])}"
