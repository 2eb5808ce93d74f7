"""A number that stands in an equation, ready for torch."""

import torch
from torch import Tensor


def constant(number: float) -> Tensor:
    """Return the number as a tensor without axes: torch divides by it faster than by a Python number.

    It is kept in float64 and on the CPU, and changes neither dtype nor device of the tensors that it meets.

    >>> (torch.ones(3) / constant(2)).dtype
    torch.float32
    """
    return torch.tensor(number, dtype=torch.float64, device="cpu")
