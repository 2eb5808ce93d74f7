"""Layer normalization: every token's vector is brought to the same spread, on its own."""

from typing import final

import torch
from torch import Tensor, nn
from torch.linalg import vecdot

from encoder.constant import constant
from encoder.edits import PartEdits
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
        self.d_model, self.epsilon = constant(d_model), constant(epsilon)

    def forward(self, x: Tensor, edit: PartEdits) -> NormTrace:
        gamma, beta = parameters_of(self)
        mean = edit("mean", x.sum(dim=-1) / self.d_model)
        deviation = x - mean.unsqueeze(-1)
        std = edit("std", torch.addcdiv(self.epsilon, vecdot(deviation, deviation), self.d_model).sqrt())
        normalized = edit("normalized", deviation / std.unsqueeze(-1))
        output = edit("output", torch.addcmul(beta, gamma, normalized))
        return NormTrace(mean, std, normalized, output)
