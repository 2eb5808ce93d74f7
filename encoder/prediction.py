"""The prediction head: from the encoder's output to a score for every word of the vocabulary."""

from typing import final

from torch import Tensor, nn
from torch.nn.functional import gelu

from encoder.affine import affine
from encoder.config import EncoderConfig
from encoder.edits import PartEdits
from encoder.initialization import parameter
from encoder.normalization import LayerNorm
from encoder.parts import PredictionTrace


@final
class Prediction(nn.Module):
    """Compare what stands at each place with the vector of every word.

    logits = LN(GELU(x·W_P + b_P))·Eᵀ + b_E, with E the same table that the token embedding reads: the two are tied.
    Shapes: x [batch, token, d_model] -> logits [batch, token, vocab]. Source: Devlin et al. 2019 (BERT's head);
    tied embeddings: Press & Wolf 2017.
    """

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.W_P, self.b_P = parameter(config.d_model, config.d_model), parameter(config.d_model)
        self.norm = LayerNorm(config.d_model, config.layer_norm_epsilon)
        self.b_E = parameter(config.vocab_size)

    def forward(self, x: Tensor, token_table: Tensor, edit: PartEdits) -> PredictionTrace:
        pre_activation = edit("pre_activation", affine(x, self.W_P, self.b_P))
        activation = edit("activation", gelu(pre_activation))
        norm = self.norm.forward(activation, edit.inside("norm"))
        logits = edit("logits", affine(norm.output, token_table.T, self.b_E))
        return PredictionTrace(pre_activation, activation, norm, logits)
