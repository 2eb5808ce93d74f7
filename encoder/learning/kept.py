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
        values = {name: own.detach() for name, own in parameters.items()}
        self._blocks = [
            (parameters[name], tuple(map(slice, block.shape)), block.clone())
            for kept in slices
            for name, block in slice_parameters(values, config, kept.meet(whole)).items()
        ]

    def silence(self) -> None:
        """Set the gradient of what is kept to 0, so that it has no part in how long a step may be."""
        for parameter, place, _ in self._blocks:
            if parameter.grad is not None:
                parameter.grad[place] = 0

    @torch.no_grad()
    def restore(self) -> None:
        """Give what is kept its values back: an optimizer's averages and its decay move numbers without a gradient."""
        for parameter, place, values in self._blocks:
            parameter[place] = values
