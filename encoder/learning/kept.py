"""What a stage of the training leaves as it is: the numbers of slices that have been trained before."""

from collections.abc import Mapping, Sequence
from typing import final

import torch
from torch import Tensor

from encoder.config import EncoderConfig
from encoder.weights.nested import Shape, slice_parameters


@final
class Kept:
    """The numbers of some slices of an encoder in training, which stay as they are while all others learn.

    `parameters` are those in training, by name, and `config` is their encoder's. A slice that is larger than the
    encoder is kept as far as the encoder goes.
    """

    def __init__(self, parameters: Mapping[str, Tensor], config: EncoderConfig, slices: Sequence[Shape]) -> None:
        whole = Shape(config.n_layers, config.n_heads, config.d_model)
        self._parameters, self._config = parameters, config
        self._slices = [kept.meet(whole) for kept in slices]
        blocks = self._blocks({name: values.detach() for name, values in parameters.items()})
        self._values = [(block, block.clone()) for block in blocks]

    def silence(self) -> None:
        """Set the gradient of what is kept to 0, so that it has no part in how long a step may be."""
        gradients = {name: values.grad for name, values in self._parameters.items() if values.grad is not None}
        for block in self._blocks(gradients):
            block.zero_()

    @torch.no_grad()
    def restore(self) -> None:
        """Give what is kept its values back: an optimizer's averages and its decay move numbers without a gradient."""
        for block, values in self._values:
            block.copy_(values)

    def _blocks(self, values: Mapping[str, Tensor]) -> list[Tensor]:
        return [block for kept in self._slices for block in slice_parameters(values, self._config, kept).values()]
