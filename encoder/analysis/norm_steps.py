"""How long each token's vector is at every step of one LayerNorm."""

from dataclasses import dataclass
from math import sqrt
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from encoder.stream import stream_into
from encoder.trace import Trace

STEPS = ("x", "x − μ", "(x − μ)/σ", "LN(x)")


@final
@dataclass(frozen=True, eq=False)
class NormSteps:
    """Where a LayerNorm stands, and the length of each token's vector at its four steps, `STEPS`.

    `before` is the path of the x that it reads. `off_sphere` is max|‖(x − μ)/σ‖ − √d_model|: how far any token is from
    the sphere on which LayerNorm puts all of them.
    """

    norm: str
    before: str
    lengths: Float[Tensor, "step batch token"]
    off_sphere: float


def norm_steps(trace: Trace, norm: str) -> NormSteps:
    """Measure one LayerNorm, such as "layers.0.attention_norm".

    LN(x) = √d·Px/‖Px‖ before γ and β, where P takes the mean away: every token goes onto a sphere of radius √d_model.
    ε keeps it a little inside: ‖(x − μ)/σ‖ = √(d · variance / (variance + ε)).
    Raises ValueError if this trace has no LayerNorm there.
    """
    norms = norm_paths(trace)
    if norm not in norms:
        raise ValueError(f"{norm!r} is no LayerNorm of this trace; choose one of {', '.join(norms)}.")
    before = stream_into(f"{norm}.mean", trace.config)
    x = trace[before]
    vectors = [x, x - trace[f"{norm}.mean"].unsqueeze(-1), trace[f"{norm}.normalized"], trace[f"{norm}.output"]]
    lengths = torch.stack([torch.linalg.vector_norm(vector, dim=-1) for vector in vectors])
    return NormSteps(norm, before, lengths, (lengths[2] - sqrt(trace.config.d_model)).abs().max().item())


def norm_paths(trace: Trace) -> tuple[str, ...]:
    """Return the path of every LayerNorm of the pass, in the order of computation.

    >>> from encoder import Encoder, EncoderConfig
    >>> encoder = Encoder(EncoderConfig(vocab_size=11, d_model=8, n_heads=2, n_layers=1))
    >>> norm_paths(encoder(torch.tensor([[1, 2]])))
    ('layers.0.attention_norm', 'layers.0.feed_forward_norm')
    """
    return tuple(path.removesuffix(".mean") for path in trace.paths if path.endswith("norm.mean"))


def stream_norm_paths(trace: Trace) -> tuple[str, ...]:
    """Return the path of every LayerNorm that reads the residual stream: all but that of the prediction head."""
    return tuple(norm for norm in norm_paths(trace) if not norm.startswith("prediction"))
