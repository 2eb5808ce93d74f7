"""How long each token's vector is, at every site of the residual stream."""

from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from encoder.config import EncoderConfig
from encoder.trace import Trace


@final
@dataclass(frozen=True, eq=False)
class ResidualNorms:
    """The sites of the stream as trace paths, in the order of computation, and each token's ‖x‖₂ there."""

    sites: tuple[str, ...]
    norms: Float[Tensor, "site batch token"]


def residual_norms(trace: Trace) -> ResidualNorms:
    """Measure the stream wherever it stands between two steps: ‖x‖₂ = √(Σ x_i²) per token."""
    sites = residual_sites(trace.config)
    stream = torch.stack([trace[site] for site in sites])
    return ResidualNorms(sites, torch.linalg.vector_norm(stream, dim=-1))


def residual_sites(config: EncoderConfig) -> tuple[str, ...]:
    """Return the path of every state that the residual stream goes through.

    In post-LN each LayerNorm stands in the stream, so its output is a site. In pre-LN the sublayers' LayerNorms stand
    beside the stream and only the final one ends it.

    >>> residual_sites(EncoderConfig(vocab_size=11, d_model=8, n_heads=2, n_layers=1, norm="pre"))
    ('embedding.sum', 'layers.0.attention_residual', 'layers.0.feed_forward_residual', 'final_norm.output')
    """
    sites = ["embedding.sum", "embedding.norm.output"] if config.embedding_norm else ["embedding.sum"]
    for layer in range(config.n_layers):
        for sublayer in ("attention", "feed_forward"):
            sites.append(f"layers.{layer}.{sublayer}_residual")
            if config.norm == "post":
                sites.append(f"layers.{layer}.{sublayer}_norm.output")
    return tuple(sites) if config.norm == "post" else (*sites, "final_norm.output")
