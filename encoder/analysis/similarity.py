"""How alike the vectors of a sentence are: the cosine of the angle between every two."""

from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import normalize


def cosine_similarities(vectors: Float[Tensor, "token d_model"]) -> Float[Tensor, "token token"]:
    """Compare every two vectors by x·y / (‖x‖·‖y‖): 1 for one direction, 0 for a right angle, −1 for opposite ones.

    A vector of zeros has no direction; its cosines are given as 0.

    >>> import torch
    >>> cosine_similarities(torch.tensor([[3.0, 0.0], [0.0, 2.0], [-1.0, 0.0]]))[0].tolist()
    [1.0, 0.0, -1.0]
    """
    directions = normalize(vectors, dim=-1, eps=1e-30)
    return (directions @ directions.T).clamp(-1, 1)
