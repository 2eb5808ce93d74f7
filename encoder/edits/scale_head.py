"""Make what one head has gathered count more, less, or not at all."""

from dataclasses import dataclass
from typing import final

from torch import Tensor

from encoder.config import EncoderConfig
from encoder.edits.edit import Edit
from encoder.edits.places import check_factor, check_head
from encoder.operations import Operation, Scaled


@final
@dataclass(frozen=True)
class ScaleHead(Edit):
    """Multiply what one head has gathered (its context, AV) by a factor; 0 silences the head.

    Silencing head h takes exactly context_h · W_O^h away from the attention output; the bias b_O stays.
    """

    layer: int
    head: int
    factor: float

    def site(self) -> str:
        return f"layers.{self.layer}.attention.context"

    def apply(self, recorded: Tensor) -> Tensor:
        scaled = recorded.clone()
        scaled[:, self.head] *= self.factor
        return scaled

    def operation(self, index: tuple[int, ...], recorded: Operation) -> Operation:
        whose = f"head {self.head} of layer {self.layer}"
        return Scaled(recorded, self.factor, whose) if index[1] == self.head else recorded

    def check(self, config: EncoderConfig, masked: bool, length: int | None = None) -> None:
        check_head(self.layer, self.head, config)
        check_factor("A head", self.factor)
