"""What one training step asks of nested parameters: that the whole and some of its slices predict the hidden pieces."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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
    """The slices of one step: `shapes` run on their own, and the whole is also read out after `depths` layers."""

    shapes: tuple[Shape, ...] = ()
    depths: tuple[int, ...] = ()


def draw_slices(
    config: EncoderConfig,
    step: int,
    seed: int,
    leaders: Sequence[Shape] = (),
    kept: Sequence[Shape] = (),
    n_slices: int = 2,
) -> dict[Shape, Slices]:
    """Return for each leader the slices that learn from it at this step.

    The leaders play the whole's part; without any, the whole itself leads. The slices are drawn from theirs, without
    those of a kept shape. While nothing is kept, one of them is the smallest: the largest and the smallest are always
    near, the sandwich rule (Yu & Huang 2019). Who leads alone is also read out after a random layer.
    """
    draw = random.Random(f"{seed} {step}")
    shapes = offered_shapes(config)
    leaders = leaders or shapes[-1:]
    learning = [shape for shape in shapes if is_among(shape, leaders) and not is_among(shape, kept)]
    drawn = [draw.choice(learning) for _ in range(n_slices)] if len(learning) > 1 else []
    if drawn and not kept:
        drawn[0] = shapes[0]
    slices: dict[Shape, list[Shape]] = {leader: [] for leader in leaders}
    for shape in drawn:
        slices[next(leader for leader in leaders if shape.is_slice_of(leader))].append(shape)
    depths: list[int] = []
    if len(leaders) == 1:
        depths = [
            shape.n_layers for shape in learning if shape != leaders[0] == replace(shape, n_layers=leaders[0].n_layers)
        ]
    return {leader: Slices(tuple(own), (draw.choice(depths),) if depths else ()) for leader, own in slices.items()}


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
    """Return the loss to descend and, for the log, the whole's own cross-entropy.

    The whole learns from the hidden pieces; a slice half from them and half from what the whole believes of them.
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
