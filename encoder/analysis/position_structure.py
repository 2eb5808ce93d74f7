"""What position vectors know: how alike two positions are, how fast each pair turns, and how loud position is."""

from dataclasses import dataclass
from math import pi
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from encoder.positions import angular_frequencies
from encoder.trace import Trace


@final
@dataclass(frozen=True, eq=False)
class OffsetProfile:
    """What the dot products of positions k apart have in common: their mean, and the smallest and largest of them.

    Where smallest and largest agree, the dot product depends on the offset alone.
    """

    mean: Float[Tensor, " offset"]
    smallest: Float[Tensor, " offset"]
    largest: Float[Tensor, " offset"]


@final
@dataclass(frozen=True, eq=False)
class EmbeddingNorms:
    """How long the token's vector is, and how long the position's that is added to it (None without positions)."""

    token: Float[Tensor, "batch token"]
    position: Float[Tensor, " token"] | None


def gram_matrix(positions: Float[Tensor, "position d_model"]) -> Float[Tensor, "position position"]:
    """Compare every two positions by the dot product of their vectors, P·Pᵀ; its diagonal is ‖P‖²."""
    return positions @ positions.T


def offset_profile(gram: Float[Tensor, "position position"]) -> OffsetProfile:
    """Read a Gram matrix along its diagonals: entry k is about positions that are k tokens apart.

    Raises ValueError if the matrix is empty or not square.

    >>> offset_profile(torch.tensor([[2.0, 1.0], [1.0, 4.0]])).mean.tolist()
    [3.0, 1.0]
    """
    if gram.ndim != 2 or not 1 <= gram.shape[0] == gram.shape[1]:
        raise ValueError(
            f"gram is {tuple(gram.shape)}; it must be [position, position], at least one of them. "
            "Make it with gram_matrix."
        )
    diagonals = [gram.diagonal(offset) for offset in range(len(gram))]
    return OffsetProfile(
        mean=torch.stack([diagonal.mean() for diagonal in diagonals]),
        smallest=torch.stack([diagonal.min() for diagonal in diagonals]),
        largest=torch.stack([diagonal.max() for diagonal in diagonals]),
    )


def wavelengths(d_model: int) -> Float[Tensor, " pair"]:
    """Return after how many tokens each pair of sinusoidal dimensions, 2i and 2i + 1, has turned once: 2π/ω_i.

    >>> [round(length, 1) for length in wavelengths(4).tolist()]
    [6.3, 628.3]
    """
    return 2 * pi / angular_frequencies(d_model)


def embedding_norms(trace: Trace) -> EmbeddingNorms:
    """Measure ‖E[t]‖ of every token and ‖P‖ of every position, the two parts of the sum that enters the encoder."""
    token, position = trace.embedding.token, trace.embedding.position
    return EmbeddingNorms(
        torch.linalg.vector_norm(token, dim=-1),
        None if position is None else torch.linalg.vector_norm(position, dim=-1),
    )
