"""How often an encoder names the hidden piece: the figure that training is judged by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor

from encoder.config import EncoderConfig
from encoder.learning.captions import Batch, Captions
from encoder.learning.lean_pass import predict, residual_stream
from encoder.learning.masking import MEASURING, MaskedTokens, Masking, mask_pieces
from encoder.weights.nested import Shape, slice_config, slice_parameters

BATCH_SIZE = 128
MASKING_SEED = 2017


@final
@dataclass(frozen=True, eq=False)
class HiddenPieces:
    """A text with a fixed fifth of its pieces hidden, the same for every encoder that is measured."""

    batches: tuple[tuple[Batch, MaskedTokens], ...]

    @property
    def n_places(self) -> int:
        """How many pieces are hidden."""
        return sum(len(masked.places) for _, masked in self.batches)

    def check(self) -> None:
        """Raise ValueError if nothing is hidden in the text."""
        if not self.n_places:
            raise ValueError(
                "No piece of this text could be hidden. Give a longer text, with words that stand in the vocabulary."
            )


def hide_pieces(
    captions: Captions,
    vocab_size: int,
    device: str = "cpu",
    masking: Masking = MEASURING,
    batch_size: int = BATCH_SIZE,
) -> HiddenPieces:
    """Hide pieces with a fixed seed; the same captions in batches of the same size always get the same holes."""
    generator = torch.Generator().manual_seed(MASKING_SEED)
    batches = []
    for rows in captions.in_order(batch_size):
        batch = captions.batch(rows)
        masked = mask_pieces(batch.token_ids, vocab_size, masking, generator)
        batches.append((batch.to(device), masked.to(device)))
    return HiddenPieces(tuple(batches))


@torch.inference_mode()
def accuracy(config: EncoderConfig, parameters: Mapping[str, Tensor], shape: Shape, hidden: HiddenPieces) -> float:
    """Return the share of hidden pieces that the slice's first choice is right about."""
    return accuracy_by_depth(config, parameters, shape, hidden)[-1]


@torch.inference_mode()
def accuracy_by_depth(
    config: EncoderConfig, parameters: Mapping[str, Tensor], shape: Shape, hidden: HiddenPieces
) -> list[float]:
    """Return the accuracy after each layer of the slice: that of all its shallower neighbours, in a single pass.

    Raises ValueError if nothing is hidden in the text.
    """
    hidden.check()
    small, block = slice_config(config, shape), slice_parameters(parameters, config, shape)
    right = [0] * shape.n_layers
    for batch, masked in hidden.batches:
        stream = residual_stream(small, block, masked.token_ids, batch.key_mask)
        for layer, x in enumerate(stream):
            choices = predict(small, block, x.flatten(0, 1)[masked.places]).argmax(dim=-1)
            right[layer] += int((choices == masked.pieces).sum())
    return [count / hidden.n_places for count in right]


def accuracies(
    config: EncoderConfig, parameters: Mapping[str, Tensor], shapes: Sequence[Shape], hidden: HiddenPieces
) -> dict[Shape, float]:
    """Return the accuracy of each shape."""
    return {shape: accuracy(config, parameters, shape, hidden) for shape in shapes}
