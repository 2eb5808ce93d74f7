"""What becomes of a head's scores and weights when an edit has its say about where the head looks."""

from dataclasses import dataclass, replace
from math import inf
from typing import final

import torch
from torch import Tensor

from encoder.operations.cell import Cell, Values
from encoder.operations.edited import Edited
from encoder.operations.notation import number


@final
@dataclass(frozen=True)
class Evened(Edited):
    """An edit made all scores of a head alike: 0, but −∞ where a key may not be looked at; `whose` names the head."""

    whose: str
    done = "evened"

    @property
    def change(self) -> str:
        return f"all scores of {self.whose} were made alike"

    @property
    def formula(self) -> str:
        return f"−∞ where ({self.operation.formula}) is, else 0"

    def evaluate(self, cell: Cell, values: Values) -> Tensor:
        score = self.operation.evaluate(cell, values)
        return torch.where(score == -inf, score, torch.zeros_like(score))

    def arithmetic(self, cell: Cell, values: Values) -> str:
        return number(self.evaluate(cell, values))


@final
@dataclass(frozen=True)
class EdgeRemoved(Edited):
    """An edit set a query's weight on one key to 0, and, if it renormalized, divided the others by what was left."""

    key: int
    renormalize: bool
    done = "an edge removed"

    @property
    def change(self) -> str:
        return f"this query's edge to key {self.key} was removed"

    @property
    def formula(self) -> str:
        rest = f"({self.operation.formula})"
        if self.renormalize:
            rest += f" / Σ_key≠{self.key} of the same"
        return f"0 for key {self.key}, else {rest}"

    def evaluate(self, cell: Cell, values: Values) -> Tensor:
        return self.row(cell, values)[cell.places["key"]]

    def row(self, cell: Cell, values: Values) -> Tensor:
        """All weights of the cell's query, one a key."""
        rest = self._row_before(cell, values).index_fill(0, torch.tensor(self.key), 0.0)
        return rest / rest.sum() if self.renormalize else rest

    def arithmetic(self, cell: Cell, values: Values) -> str:
        if cell.places["key"] == self.key:
            return "0"
        before = self.operation.arithmetic(cell, values)
        if not self.renormalize:
            return before
        left = self._row_before(cell, values).index_fill(0, torch.tensor(self.key), 0.0).sum()
        return f"({before}) / {number(left)}"

    def _row_before(self, cell: Cell, values: Values) -> Tensor:
        if isinstance(self.operation, EdgeRemoved):
            return self.operation.row(cell, values)
        cells = (replace(cell, places={**cell.places, "key": key}) for key in range(cell.sizes["key"]))
        return torch.stack([self.operation.evaluate(each, values) for each in cells]).double()
