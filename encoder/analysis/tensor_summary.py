"""Each tensor of a trace in a few numbers: how large it is, where its numbers lie, and how they are spread."""

from dataclasses import dataclass
from math import inf, nan
from typing import final

import torch

from encoder.trace import Trace, describe

BINS = 24


@final
@dataclass(frozen=True)
class TensorSummary:
    """The summary of one tensor, of its finite numbers alone.

    `n_infinite` counts −∞, which a mask writes, and `n_broken` counts ∞ and NaN, which no sound pass has.
    `std` is √(mean of (x − mean)²), `norm` is √(Σ x²), and `histogram` counts the numbers in 24 equal bins from
    `smallest` to `largest`. A tensor without any finite number has NaN for all of them.
    """

    path: str
    symbol: str
    shape: tuple[int, ...]
    mean: float
    std: float
    smallest: float
    largest: float
    norm: float
    histogram: tuple[int, ...]
    n_infinite: int
    n_broken: int


def trace_summary(trace: Trace) -> tuple[TensorSummary, ...]:
    """Summarize every tensor of the trace, in the order of computation."""
    return tuple(tensor_summary(trace, path) for path in trace.paths)


def tensor_summary(trace: Trace, path: str) -> TensorSummary:
    """Summarize the tensor at this path; True counts as 1. An unknown path raises ValueError.

    >>> from encoder import Encoder, EncoderConfig
    >>> encoder = Encoder(EncoderConfig(vocab_size=11, d_model=8, n_heads=2, n_layers=1))
    >>> summary = tensor_summary(encoder(torch.tensor([[1, 2, 3]])), "token_ids")
    >>> summary.shape, summary.mean, summary.smallest, summary.largest
    ((1, 3), 2.0, 1.0, 3.0)
    """
    tensor = trace[path].detach()
    every = tensor.to(torch.float64).flatten()
    finite, n_infinite = every[every.isfinite()], int((every == -inf).sum())
    mean = std = smallest = largest = norm = nan
    counts = [0] * BINS
    if len(finite):
        smallest, largest = (bound.item() for bound in finite.aminmax())
        std, mean = (moment.item() for moment in torch.std_mean(finite, correction=0))
        norm = torch.linalg.vector_norm(finite).item()
        counts = torch.histc(finite, BINS).int().tolist()
    return TensorSummary(
        path=path,
        symbol=describe(path).symbol,
        shape=tuple(tensor.shape),
        mean=mean,
        std=std,
        smallest=smallest,
        largest=largest,
        norm=norm,
        histogram=tuple(counts),
        n_infinite=n_infinite,
        n_broken=len(every) - len(finite) - n_infinite,
    )
