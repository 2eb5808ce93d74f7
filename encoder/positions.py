"""Position encodings: attention sees a bag of tokens, so their order has to be written into their vectors."""

import torch
from torch import Tensor


def angular_frequencies(d_model: int) -> Tensor:
    """The angular frequency ω_i = 10000^(−2i/d_model) of each sine and cosine pair, in radians per token, float64.

    Pair i turns once every 2π/ω_i tokens: the first in about 6, the last in 2π·10000^(1 − 2/d_model), or in
    2π·10000^(1 − 1/d_model) where d_model is odd and a sine stands alone at the end; both are below 62,832.
    """
    return 10000.0 ** (-torch.arange(0, d_model, 2, dtype=torch.float64, device="cpu") / d_model)


def sinusoidal_encoding(length: int, d_model: int) -> Tensor:
    """A clock with many hands for each position: pairs of sine and cosine, from fast to slow.

    PE(p, 2i) = sin(p·ω_i), PE(p, 2i+1) = cos(p·ω_i), with ω_i = 10000^(−2i/d_model).
    Returns float64 [length, d_model]; an odd d_model ends on a sine. Source: Vaswani et al. 2017 §3.5.

    >>> sinusoidal_encoding(2, 4)[0].tolist()
    [0.0, 1.0, 0.0, 1.0]
    """
    # On the CPU whatever the default device: these are numbers also where parameters are only shapes ("meta").
    position = torch.arange(length, dtype=torch.float64, device="cpu")[:, None]
    angles = position * angular_frequencies(d_model)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)[:, :d_model].contiguous()
