"""How alike vectors are: the cosine of the angle between every two of a sentence, or between those of two tensors."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import normalize


def cosines(first: Float[Tensor, "*batch d"], second: Float[Tensor, "*batch d"]) -> Float[Tensor, "*batch"]:
    """Compare vectors pair by pair along the last axis: x·y / (‖x‖·‖y‖), from −1 to 1.

    A vector of zeros has no direction; its cosine is given as 0.

    >>> cosines(torch.tensor([3e-20, 4e-20]), torch.tensor([3.0, 4.0])).item()
    1.0
    """
    return (_directions(first) * _directions(second)).sum(dim=-1).clamp(-1, 1)


def cosine_similarities(vectors: Float[Tensor, "token d_model"]) -> Float[Tensor, "token token"]:
    """Compare every two vectors by x·y / (‖x‖·‖y‖): 1 for one direction, 0 for a right angle, −1 for opposite ones.

    A vector of zeros has no direction; its cosines are given as 0.

    >>> cosine_similarities(torch.tensor([[3.0, 0.0], [0.0, 2.0], [-1.0, 0.0]]))[0].tolist()
    [1.0, 0.0, -1.0]
    """
    directions = _directions(vectors)
    return (directions @ directions.T).clamp(-1, 1)


def _directions(vectors: Tensor) -> Tensor:
    """Give every vector the length 1, however short or long it is: its largest number is made 1 before squaring."""
    largest = vectors.abs().amax(dim=-1, keepdim=True)
    return normalize(vectors / torch.where(largest == 0, 1, largest), dim=-1)
