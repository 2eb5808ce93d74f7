"""Layer normalization: every token's vector is brought to the same spread, on its own."""

from typing import final

import torch
from torch import Tensor, nn

from encoder.edits import Edits
from encoder.initialization import parameter, parameters_of
from encoder.parts import NormTrace


@final
class LayerNorm(nn.Module):
    """Remove a token vector's mean, divide by its spread, then stretch and shift each dimension.

    μ = mean(x), σ = √(mean((x − μ)²) + ε), LN(x) = γ · (x − μ)/σ + β.
    The mean square is over d_model, not d_model − 1, and ε stands under the root.
    Per token, never over the batch. Shapes: x [batch, token, d_model] -> the same. Source: Ba et al. 2016.
    """

    def __init__(self, d_model: int, epsilon: float) -> None:
        super().__init__()
        self.gamma = parameter(d_model)
        self.beta = parameter(d_model)
        self.epsilon = epsilon

    def forward(self, x: Tensor, edit: Edits, path: str) -> NormTrace:
        gamma, beta = parameters_of(self)
        mean = edit(f"{path}.mean", x.mean(dim=-1))
        deviation = x - mean.unsqueeze(-1)
        std = edit(f"{path}.std", (deviation.square().mean(dim=-1) + self.epsilon).sqrt())
        normalized = edit(f"{path}.normalized", deviation / std.unsqueeze(-1))
        output = edit(f"{path}.output", torch.addcmul(beta, gamma, normalized))
        return NormTrace(mean, std, normalized, output)
