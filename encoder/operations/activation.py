"""The two activations: what a hidden unit lets through."""

from dataclasses import dataclass
from math import sqrt
from typing import final

from torch import Tensor

from encoder.operations.cell import Cell, Values
from encoder.operations.notation import number
from encoder.operations.operation import Operation


@final
@dataclass(frozen=True)
class Relu(Operation):
    """Let what is above 0 through, and nothing else."""

    x: str
    name = "ReLU"
    formula = "max(0, {x})"

    def evaluate(self, cell: Cell, values: Values) -> Tensor:
        return values["x"].clamp(min=0)


@final
@dataclass(frozen=True)
class Gelu(Operation):
    """Let x through by the share Φ(x) of a normal distribution that lies below x (Hendrycks & Gimpel 2016)."""

    x: str
    name = "GELU"
    formula = "{x} · Φ({x})"

    def evaluate(self, cell: Cell, values: Values) -> Tensor:
        return values["x"] * _share_below(values["x"])

    def arithmetic(self, cell: Cell, values: Values) -> str:
        return f"{super().arithmetic(cell, values)} = {number(values['x'])} · {number(_share_below(values['x']))}"


def _share_below(x: Tensor) -> Tensor:
    return (1 + (x / sqrt(2)).erf()) / 2
