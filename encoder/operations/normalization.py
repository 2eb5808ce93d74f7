"""The four steps of LayerNorm: mean, spread, standardization, and the learned scale and shift."""

from dataclasses import dataclass
from typing import final

from torch import Tensor

from encoder.operations.cell import Cell, Values
from encoder.operations.notation import number
from encoder.operations.operation import Operation


@final
@dataclass(frozen=True)
class Mean(Operation):
    """The mean of a token's vector over its dimensions."""

    x: str
    name = "mean"
    formula = "Σ {x} / d_model"

    def terms(self, values: Values) -> Tensor:
        return values["x"]

    def evaluate(self, cell: Cell, values: Values) -> Tensor:
        return values["x"].mean()

    def arithmetic(self, cell: Cell, values: Values) -> str:
        return f"{number(values['x'].sum())} / {cell.config.d_model}"


@final
@dataclass(frozen=True)
class Spread(Operation):
    """The spread of a token's vector about its mean: √(variance + ε), where ε keeps the spread above 0."""

    x: str
    mean: str
    name = "standard deviation"
    formula = "√(Σ ({x} − {mean})² / d_model + ε)"

    def terms(self, values: Values) -> Tensor:
        return (values["x"] - values["mean"]) ** 2

    def evaluate(self, cell: Cell, values: Values) -> Tensor:
        return (self.terms(values).mean() + cell.config.layer_norm_epsilon).sqrt()

    def arithmetic(self, cell: Cell, values: Values) -> str:
        deviations, epsilon = number(self.terms(values).sum()), number(cell.config.layer_norm_epsilon)
        return f"√({deviations} / {cell.config.d_model} + {epsilon})"


@final
@dataclass(frozen=True)
class Standardization(Operation):
    """How many spreads a number lies above the mean of its vector."""

    x: str
    mean: str
    std: str
    name = "standardization"
    formula = "({x} − {mean}) / {std}"

    def evaluate(self, cell: Cell, values: Values) -> Tensor:
        return (values["x"] - values["mean"]) / values["std"]


@final
@dataclass(frozen=True)
class ScaleAndShift(Operation):
    """Stretch by γ and shift by β, which are learned for each dimension."""

    gamma: str
    normalized: str
    beta: str
    name = "scale and shift"
    formula = "{gamma} · {normalized} + {beta}"

    def evaluate(self, cell: Cell, values: Values) -> Tensor:
        return values["gamma"] * values["normalized"] + values["beta"]
