"""Taking a number out of a learned table."""

from dataclasses import dataclass
from typing import final

from torch import Tensor

from encoder.operations.cell import Cell, Values
from encoder.operations.operation import Operation


@final
@dataclass(frozen=True, kw_only=True)
class LookUp(Operation):
    """Read one number of a learned table: the row of a token's id, or the row of a position.

    Where the row is not a place along an axis, the field `row` says which number it is, and the table's term "row"
    stands for it: `LookUp(row="token_ids[batch, token]", table="token_table[row, d_model]")`.
    """

    row: str | None = None
    table: str
    name = "look-up"

    @property
    def formula(self) -> str:
        return "{table}[" + ", ".join("{row}" if term == "row" else term for term in self.sources["table"].terms) + "]"

    def evaluate(self, cell: Cell, values: Values) -> Tensor:
        return values["table"]

    def arithmetic(self, cell: Cell, values: Values) -> str:
        table = self.sources["table"]
        places = {**cell.places, "row": int(values["row"])} if "row" in values else cell.places
        return f"{table.name}[{', '.join(map(str, table.at(places, cell.config)))}]"
