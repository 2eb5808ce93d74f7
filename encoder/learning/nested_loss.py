"""What one training step asks of nested parameters: that leaders and some of their slices predict the hidden pieces.

A leader is a slice, or the whole, that learns from the text alone; others learn from it, too.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import final

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from encoder.config import EncoderConfig
from encoder.learning.captions import Batch
from encoder.learning.lean_pass import predict, residual_stream
from encoder.learning.masking import MaskedTokens
from encoder.weights.nested import Shape, offered_shapes, slice_config, slice_parameters

SHALLOW_WEIGHT = 0.5
TEACHER_SHARE = 0.5


@final
@dataclass(frozen=True)
class Slices:
    """A leader's slices of one step: `shapes` run on their own, and it is also read out after `depths` layers.

    `weight` is how much all of this counts beside other leaders.
    """

    shapes: tuple[Shape, ...] = ()
    depths: tuple[int, ...] = ()
    weight: int = 1


def draw_slices(
    config: EncoderConfig,
    step: int,
    seed: int,
    leaders: tuple[Shape, ...] = (),
    kept: tuple[Shape, ...] = (),
    n_slices: int = 1,
) -> dict[Shape, Slices]:
    """Return for each leader the slices that learn from it at this step; without leaders, the whole leads.

    `n_slices` are drawn of those that learn, each for the first leader that offers it. While nothing is kept, the
    smallest learns at every step: the largest and the smallest are always near, the sandwich rule (Yu & Huang 2019).
    Who leads alone is also read out after a random layer. A leader counts as often as it is named.
    """
    draw = random.Random(f"{seed} {step}")
    shapes = offered_shapes(config)
    smallest, whole = shapes[0], shapes[-1]
    leaders = leaders or (whole,)
    learning = learning_slices(config, leaders, kept)
    drawn = [draw.choice(learning) for _ in range(n_slices)] if learning else []
    if not kept and smallest in learning:
        drawn.append(smallest)
    slices: dict[Shape, list[Shape]] = {leader: [] for leader in leaders}
    for shape in drawn:
        slices[next(leader for leader in leaders if shape.is_slice_of(leader))].append(shape)
    readable = [
        depth
        for depth in range(1, leaders[0].n_layers)
        if len(slices) == 1 and not is_among(replace(leaders[0], n_layers=depth), kept)
    ]
    depths = (draw.choice(readable),) if readable else ()
    return {leader: Slices(tuple(own), depths, leaders.count(leader)) for leader, own in slices.items()}


@lru_cache(maxsize=64)
def learning_slices(config: EncoderConfig, leaders: tuple[Shape, ...], kept: tuple[Shape, ...]) -> tuple[Shape, ...]:
    """Return the slices of the leaders that can learn: neither a leader nor a slice of a kept shape."""
    return tuple(
        shape
        for shape in offered_shapes(config)
        if is_among(shape, leaders) and shape not in leaders and not is_among(shape, kept)
    )


def is_among(shape: Shape, wholes: Sequence[Shape]) -> bool:
    """Tell whether any of the wholes offers this shape."""
    return any(shape.is_slice_of(whole) for whole in wholes)


def nested_loss(
    config: EncoderConfig,
    parameters: Mapping[str, Tensor],
    batch: Batch,
    masked: MaskedTokens,
    slices: Slices,
) -> tuple[Tensor, Tensor]:
    """Return the loss to descend and, for the log, the leader's own cross-entropy; config and parameters are its own.

    The leader learns from the hidden pieces; a slice half from them and half from what the leader believes of them.
    """

    def read_out(config: EncoderConfig, parameters: Mapping[str, Tensor], x: Tensor) -> Tensor:
        return predict(config, parameters, x.flatten(0, 1)[masked.places])

    stream = residual_stream(config, parameters, masked.token_ids, batch.key_mask)
    logits = read_out(config, parameters, stream[-1])
    whole = cross_entropy(logits, masked.pieces)
    target = half_belief(logits.detach(), masked.pieces)

    total = whole
    for depth in slices.depths:
        total = total + SHALLOW_WEIGHT * cross_entropy(read_out(config, parameters, stream[depth - 1]), target)
    for shape in slices.shapes:
        small = slice_config(config, shape)
        block = slice_parameters(parameters, config, shape)
        stream_of_slice = residual_stream(small, block, masked.token_ids, batch.key_mask)
        total = total + cross_entropy(read_out(small, block, stream_of_slice[-1]), target)
    return total, whole.detach()


def half_belief(logits: Tensor, pieces: Tensor) -> Tensor:
    """Return half of what the logits believe and half the truth, as probabilities [place, vocab].

    >>> half_belief(torch.zeros(1, 4), torch.tensor([2])).tolist()
    [[0.125, 0.125, 0.625, 0.125]]
    """
    target = logits.softmax(dim=-1).mul_(TEACHER_SHARE)
    places = torch.arange(len(pieces), device=pieces.device)
    target[places, pieces] += 1 - TEACHER_SHARE
    return target
