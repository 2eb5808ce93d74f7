"""How widely each head spreads its attention."""

import torch
from jaxtyping import Float
from torch import Tensor

from encoder.trace import Trace


def attention_entropy(trace: Trace) -> Float[Tensor, "layer head batch query"]:
    """Measure, in nats, how undecided each query token is: 0 if it looks at one key, log T if at all T alike.

    H = −Σ_key A·log A, with 0·log 0 = 0. Source: Shannon 1948.
    """
    weights = torch.stack([layer.attention.weights for layer in trace.layers])
    return torch.special.entr(weights).sum(dim=-1).transpose(1, 2)


def largest_entropy(trace: Trace) -> Float[Tensor, " batch"]:
    """Return log T of each sentence, the most that its entropies can be; T counts the keys that may be looked at."""
    visible = torch.ones_like(trace.token_ids) if trace.key_mask is None else trace.key_mask
    return visible.sum(dim=-1).to(trace.output.dtype).log()
