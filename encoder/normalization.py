"""Layer normalization: every token's vector is brought to the same spread, on its own."""

from typing import final

import torch
from torch import Tensor, nn

from encoder.edits import Edits
from encoder.initialization import parameter
from encoder.trace import NormTrace


@final
class LayerNorm(nn.Module):
    """Remove a token vector's mean, divide by its spread, then stretch and shift each dimension.

    μ = mean(x), σ = √(variance(x) + ε), LN(x) = γ · (x − μ)/σ + β.
    The variance is the mean square deviation (divided by d_model, not d_model − 1), and ε stands under the root.
    Per token, never over the batch. Shapes: x [batch, token, d_model] -> the same. Source: Ba et al. 2016.
    """

    def __init__(self, d_model: int, epsilon: float) -> None:
        super().__init__()
        self.gamma = parameter(d_model)
        self.beta = parameter(d_model)
        self.epsilon = epsilon

    def forward(self, x: Tensor, edit: Edits, path: str) -> NormTrace:
        variance, mean = torch.var_mean(x, dim=-1, correction=0)
        mean = edit(f"{path}.mean", mean)
        std = edit(f"{path}.std", (variance + self.epsilon).sqrt())
        normalized = edit(f"{path}.normalized", (x - mean.unsqueeze(-1)) / std.unsqueeze(-1))
        output = edit(f"{path}.output", torch.addcmul(self.beta, self.gamma, normalized))
        return NormTrace(mean, std, normalized, output)
