"""Make what one feed-forward network adds count more, less, or not at all."""

from dataclasses import dataclass
from typing import final

from torch import Tensor

from encoder.config import EncoderConfig
from encoder.edits.edit import Edit
from encoder.edits.places import check_factor, check_layer
from encoder.operations import Operation, Scaled


@final
@dataclass(frozen=True)
class ScaleFeedForward(Edit):
    """Multiply what a layer's feed-forward network adds to the stream by a factor; 0 drops the network, with its bias.

    x + FFN(x) becomes x + factor · FFN(x).
    """

    layer: int
    factor: float

    def site(self) -> str:
        return f"layers.{self.layer}.feed_forward.output"

    def apply(self, recorded: Tensor) -> Tensor:
        return self.factor * recorded

    def operation(self, index: tuple[int, ...], recorded: Operation) -> Operation:
        return Scaled(recorded, self.factor, f"the feed-forward network of layer {self.layer}")

    def check(self, config: EncoderConfig, masked: bool, length: int | None = None) -> None:
        check_layer(self.layer, config)
        check_factor("A feed-forward network", self.factor)
