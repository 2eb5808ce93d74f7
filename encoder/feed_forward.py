"""The position-wise feed-forward network: each token's vector is worked on alone."""

from typing import final

from torch import Tensor, nn
from torch.nn.functional import gelu, relu

from encoder.affine import affine
from encoder.config import EncoderConfig
from encoder.edits import PartEdits
from encoder.initialization import parameter, parameters_of
from encoder.parts import FeedForwardTrace


@final
class FeedForward(nn.Module):
    """Drive d_ff hidden units by the token's vector, let some of it through, and project back.

    FFN(x) = φ(x·W₁ + b₁)·W₂ + b₂, with φ either ReLU, max(0, x) (Vaswani et al. 2017 §3.3), or GELU, x·Φ(x) with
    the normal distribution's exact Φ, not its tanh approximation (Hendrycks & Gimpel 2016).
    Shapes: x [batch, token, d_model] -> output [batch, token, d_model].
    """

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.W_1, self.b_1 = parameter(config.d_model, config.d_ff), parameter(config.d_ff)
        self.W_2, self.b_2 = parameter(config.d_ff, config.d_model), parameter(config.d_model)
        self.phi = gelu if config.activation == "gelu" else relu

    def forward(self, x: Tensor, edit: PartEdits) -> FeedForwardTrace:
        W_1, b_1, W_2, b_2 = parameters_of(self)
        pre_activation = edit("pre_activation", affine(x, W_1, b_1))
        activation = edit("activation", self.phi(pre_activation))
        output = edit("output", affine(activation, W_2, b_2))
        return FeedForwardTrace(pre_activation, activation, output)
