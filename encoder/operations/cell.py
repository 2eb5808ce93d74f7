"""One number of a trace, and the numbers that it is made from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from torch import Tensor

from encoder.config import EncoderConfig

Values = Mapping[str, Tensor]
"""The numbers of an operation's sources, by the name of its field."""


@final
@dataclass(frozen=True, eq=False)
class Cell:
    """One number of a trace: its tensor's path, its place along each named axis, and the number as recorded.

    `sizes` says how many places each axis has.
    """

    path: str
    places: Mapping[str, int]
    sizes: Mapping[str, int]
    recorded: Tensor
    config: EncoderConfig

    @property
    def index(self) -> tuple[int, ...]:
        """The places in the order of the tensor's axes."""
        return tuple(self.places.values())
