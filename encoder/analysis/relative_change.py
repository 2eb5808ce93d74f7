"""How large a change is beside what was there before."""

import torch
from torch import Tensor


def relative_change(difference: Tensor, before: Tensor) -> Tensor:
    """Return ‖difference‖ / ‖before‖ of norms of any one shape: where there is no difference it is 0, also beside 0.

    >>> relative_change(torch.tensor([1.0, 0.0, 1.0]), torch.tensor([2.0, 0.0, 0.0])).tolist()
    [0.5, 0.0, inf]
    """
    return torch.where(difference == 0, torch.zeros_like(difference), difference / before)
