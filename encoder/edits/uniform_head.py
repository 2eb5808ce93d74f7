"""Take a head's choice away: let it look at everything alike."""

from dataclasses import dataclass
from math import inf
from typing import final

from torch import Tensor

from encoder.config import EncoderConfig
from encoder.edits.edit import Edit
from encoder.edits.places import check_head
from encoder.operations import Evened, Operation


@final
@dataclass(frozen=True)
class UniformHead(Edit):
    """Let every query of one head spread its attention evenly over the keys that it may look at.

    Its scores all become 0, behind the mask and before the softmax: a key that may be looked at gets exp(0) / Σ exp(0),
    one share of n, and a masked key keeps the score −∞ and so the weight 0.
    """

    layer: int
    head: int

    def site(self) -> str:
        return f"layers.{self.layer}.attention.masked_scores"

    def apply(self, recorded: Tensor) -> Tensor:
        evened = recorded.clone()
        evened[:, self.head] = recorded[:, self.head].masked_fill(recorded[:, self.head] != -inf, 0.0)
        return evened

    def operation(self, index: tuple[int, ...], recorded: Operation) -> Operation:
        whose = f"head {self.head} of layer {self.layer}"
        return Evened(recorded, whose) if index[1] == self.head else recorded

    def check(self, config: EncoderConfig, masked: bool, length: int | None = None) -> None:
        check_head(self.layer, self.head, config)
