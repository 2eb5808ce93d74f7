"""The gradient of one step: the batch in two parts, each with slices of its own, side by side in two threads."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import torch
from torch import Tensor

from encoder.config import EncoderConfig
from encoder.learning.captions import Batch
from encoder.learning.masking import MaskedTokens
from encoder.learning.nested_loss import Slices, nested_loss

PARTS = 2


def gradient(
    config: EncoderConfig,
    parameters: Mapping[str, Tensor],
    batch: Batch,
    masked: MaskedTokens,
    slices: Slices | None,
    half_precision: bool = False,
) -> tuple[list[Tensor], Tensor]:
    """Return the gradient for each parameter and, for the log, the whole's own cross-entropy.

    The loss is the mean over the hidden places, ∇ = Σ_part n_part / n · ∇_part; the parts share out the slices. The
    sum is always taken in the same order, so it does not depend on which of them is done first.
    """
    parts = in_parts(batch, masked, slices)
    values = list(parameters.values())

    def of_part(part: tuple[Batch, MaskedTokens, Slices | None]) -> tuple[tuple[Tensor, ...], Tensor]:
        own_batch, own_masked, own_slices = part
        share = len(own_masked.places) / len(masked.places)
        # The cache of autocast is one for all threads.
        with torch.autocast(values[0].device.type, torch.bfloat16, half_precision, cache_enabled=False):
            total, whole = nested_loss(config, parameters, own_batch, own_masked, own_slices)
        return torch.autograd.grad(share * total, values), share * whole

    total = [torch.zeros_like(values) for values in values]
    whole = torch.zeros(())
    with ThreadPoolExecutor(PARTS) as threads:
        for gradients, loss in threads.map(of_part, parts):
            torch._foreach_add_(total, gradients)
            whole = whole + loss
    return total, whole


def in_parts(
    batch: Batch, masked: MaskedTokens, slices: Slices | None
) -> list[tuple[Batch, MaskedTokens, Slices | None]]:
    """Return the parts of the batch in which a piece is hidden, each with every second slice."""
    n_captions, length = masked.token_ids.shape
    parts = []
    for index in range(PARTS):
        rows = slice(index * n_captions // PARTS, (index + 1) * n_captions // PARTS)
        here = (masked.places >= rows.start * length) & (masked.places < rows.stop * length)
        key_mask = None if batch.key_mask is None else batch.key_mask[rows]
        places = masked.places[here] - rows.start * length
        own_slices = None if slices is None else replace(slices, shapes=slices.shapes[index::PARTS])
        if len(places):
            own_masked = MaskedTokens(masked.token_ids[rows], places, masked.pieces[here])
            parts.append((Batch(batch.token_ids[rows], key_mask), own_masked, own_slices))
    return parts
