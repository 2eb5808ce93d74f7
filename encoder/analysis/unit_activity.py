"""What the hidden units of the feed-forward networks do: how many are active, and which add most to a token."""

from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float, Int
from torch import Tensor

from encoder.trace import Trace
from encoder.whole_number import check_count, is_place


@final
@dataclass(frozen=True, eq=False)
class StrongestUnits:
    """The hidden units that add most to one token's vector, the strongest first.

    A unit adds its activation times its row of W₂; `added` is the length of that vector, |activation| · ‖W₂[unit]‖.
    """

    units: Int[Tensor, " unit"]
    pre_activation: Float[Tensor, " unit"]
    activation: Float[Tensor, " unit"]
    added: Float[Tensor, " unit"]


def active_shares(trace: Trace) -> Float[Tensor, "layer batch token"]:
    """Return for each layer and token the share of hidden units that are active: their pre-activation is above 0."""
    layers = [layer.feed_forward.pre_activation for layer in trace.layers]
    return torch.stack([(pre_activation > 0).to(pre_activation.dtype).mean(dim=-1) for pre_activation in layers])


def strongest_units(trace: Trace, layer: int, token: int, count: int = 8, sentence: int = 0) -> StrongestUnits:
    """Return the units of one layer that add most to one token's vector, at most `count` of them.

    Raises ValueError if the trace has no such layer, token or sentence, or if `count` is no whole number of at least 0.
    """
    check_count("count", count)
    n_sentences, n_tokens = trace.token_ids.shape
    for name, at, size in (
        ("layer", layer, trace.config.n_layers),
        ("token", token, n_tokens),
        ("sentence", sentence, n_sentences),
    ):
        if not is_place(at, size):
            raise ValueError(f"There is no {name} {at!r}; give a whole number from 0 to {size - 1}.")
    network = trace.layers[layer].feed_forward
    W_2 = trace.encoder.get_parameter(f"layers.{layer}.feed_forward.W_2").detach()
    pre_activation, activation = network.pre_activation[sentence, token], network.activation[sentence, token]
    added = activation.abs() * torch.linalg.vector_norm(W_2, dim=-1)
    units = added.topk(min(count, len(added))).indices
    return StrongestUnits(units, pre_activation[units], activation[units], added[units])
