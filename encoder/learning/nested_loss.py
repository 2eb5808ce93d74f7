"""What one training step asks of nested parameters: that the whole and some of its slices predict the hidden pieces."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from encoder.config import EncoderConfig
from encoder.learning.captions import Batch
from encoder.learning.lean_pass import predict, residual_stream
from encoder.learning.masking import MaskedTokens
from encoder.weights.nested import WIDTH_STEP, Shape, slice_config, slice_parameters

SLICES_A_STEP = 4
DEPTHS_A_PLACE = 2
SHALLOW_WEIGHT = 0.5
TEACHER_SHARE = 0.5


@final
@dataclass(frozen=True)
class Slices:
    """The slices of one step, all as deep as the whole; `turn` says after which layers a hidden place is read out.

    A slice is read out after all of its layers, so that every shallower slice of as many heads and dimensions learns
    with it.
    """

    shapes: tuple[Shape, ...] = ()
    turn: int = 0


def draw_slices(config: EncoderConfig, step: int, seed: int) -> Slices:
    """Return the slices that belong to this step, no two of them with as many heads or as many dimensions."""
    draw = random.Random(f"{seed} {step}")
    heads, widths = range(1, config.n_heads + 1), range(WIDTH_STEP, config.d_model + 1, WIDTH_STEP)
    count = min(SLICES_A_STEP, len(heads), len(widths))
    drawn = zip(draw.sample(heads, count), draw.sample(widths, count), strict=True)
    return Slices(tuple(Shape(config.n_layers, n_heads, d_model) for n_heads, d_model in drawn), step)


def nested_loss(
    config: EncoderConfig,
    parameters: Mapping[str, Tensor],
    batch: Batch,
    masked: MaskedTokens,
    slices: Slices | None,
) -> tuple[Tensor, Tensor]:
    """Return the loss to descend and, for the log, the whole's own cross-entropy.

    The whole learns from the hidden pieces; its shallower layers and the slices learn half from them and half from
    what the whole believes of them. Without slices the whole learns alone.
    """
    stream = residual_stream(config, parameters, masked.token_ids, batch.key_mask)
    logits = predict(config, parameters, stream[-1].flatten(0, 1)[masked.places])
    whole = cross_entropy(logits, masked.pieces)
    if slices is None:
        return whole, whole.detach()

    target = half_belief(logits.detach(), masked.pieces)
    total = whole
    if shallow := stream[:-1]:
        total = total + SHALLOW_WEIGHT * deep_loss(config, parameters, shallow, masked.places, target, slices.turn)
    for shape in slices.shapes:
        small, block = slice_config(config, shape), slice_parameters(parameters, config, shape)
        stream = residual_stream(small, block, masked.token_ids, batch.key_mask)
        total = total + deep_loss(small, block, stream, masked.places, target, slices.turn)
    return total, whole.detach()


def deep_loss(
    config: EncoderConfig,
    parameters: Mapping[str, Tensor],
    stream: Sequence[Tensor],
    places: Tensor,
    target: Tensor,
    turn: int,
) -> Tensor:
    """Return the mean cross-entropy of read-outs after all layers of the stream, each at its share of the places.

    Every place is read out after two layers, half the depth apart, or after one if there is only one; from turn to turn
    the layers of a place go round.
    """
    n_layers = len(stream)
    first = torch.arange(len(places), device=places.device) + turn
    offsets = sorted({time * n_layers // DEPTHS_A_PLACE for time in range(DEPTHS_A_PLACE)})
    layers = torch.cat([(first + offset) % n_layers for offset in offsets])
    x = torch.stack([values.flatten(0, 1) for values in stream])[layers, places.repeat(len(offsets))]
    return cross_entropy(predict(config, parameters, x), target.repeat(len(offsets), 1))


def half_belief(logits: Tensor, pieces: Tensor) -> Tensor:
    """Return half of what the logits believe and half the truth, as probabilities [place, vocab].

    >>> half_belief(torch.zeros(1, 4), torch.tensor([2])).tolist()
    [[0.125, 0.125, 0.625, 0.125]]
    """
    target = logits.softmax(dim=-1).mul_(TEACHER_SHARE)
    places = torch.arange(len(pieces), device=pieces.device)
    target[places, pieces] += 1 - TEACHER_SHARE
    return target
