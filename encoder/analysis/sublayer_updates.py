"""What each sublayer adds to the residual stream: how much of it, and in which direction."""

from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from encoder.analysis.similarity import cosines
from encoder.config import EncoderConfig
from encoder.stream import stream_into
from encoder.trace import Trace


@final
@dataclass(frozen=True, eq=False)
class SublayerUpdates:
    """Every sublayer's update and the stream that it is added to, as trace paths, with two measures of it per token.

    `size` is ‖update‖₂. `cosine` is that of the angle between update and stream: 1 lengthens the token's vector,
    0 turns it, −1 shortens it. An update of zero has no direction; its cosine is given as 0.
    """

    updates: tuple[str, ...]
    streams: tuple[str, ...]
    size: Float[Tensor, "sublayer batch token"]
    cosine: Float[Tensor, "sublayer batch token"]


def sublayer_updates(trace: Trace) -> SublayerUpdates:
    """Measure what attention and the feed-forward network add, layer by layer."""
    updates, streams = zip(*update_paths(trace.config), strict=True)
    return SublayerUpdates(
        updates,
        streams,
        size=torch.stack([torch.linalg.vector_norm(trace[update], dim=-1) for update in updates]),
        cosine=torch.stack(
            [cosines(trace[update], trace[stream]) for update, stream in zip(updates, streams, strict=True)]
        ),
    )


def update_paths(config: EncoderConfig) -> tuple[tuple[str, str], ...]:
    """Return the paths (update, stream that it is added to) of all sublayers, in the order of computation.

    >>> update_paths(EncoderConfig(vocab_size=11, d_model=8, n_heads=2, n_layers=1))[0]
    ('layers.0.attention.output', 'embedding.sum')
    """
    sublayers = [f"layers.{layer}.{kind}" for layer in range(config.n_layers) for kind in ("attention", "feed_forward")]
    return tuple((f"{sublayer}.output", stream_into(f"{sublayer}_residual", config)) for sublayer in sublayers)
