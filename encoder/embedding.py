"""From token ids to the vectors that enter the first layer."""

from collections.abc import Callable
from typing import Self, final

from torch import Tensor, nn
from torch.nn.functional import embedding

from encoder.config import EncoderConfig
from encoder.edits import PartEdits
from encoder.initialization import parameter, parameters_of
from encoder.normalization import LayerNorm
from encoder.parts import EmbeddingTrace
from encoder.positions import sinusoidal_encoding


@final
class Embedding(nn.Module):
    """Give each token its vector from a table, and add the vector of its position.

    x₀ = E[t] + P, and LN(x₀) where the config asks for it, as BERT does (Devlin et al. 2019).
    Shapes: token_ids [batch, token] -> sum [batch, token, d_model]. With positions "none", x₀ = E[t].
    """

    sinusoids: Tensor

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.token_table = parameter(config.vocab_size, config.d_model)
        if config.positions == "learned":
            self.position_table = parameter(config.max_length, config.d_model)
        if config.positions == "sinusoidal":
            # Kept in float64 and rounded at use, so that a float64 encoder has float64 positions.
            self.register_buffer("sinusoids", sinusoidal_encoding(config.max_length, config.d_model), persistent=False)
        self.norm = LayerNorm(config.d_model, config.layer_norm_epsilon) if config.embedding_norm else None
        self.positions = config.positions

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        """Cast or move all numbers as torch does, but keep the sinusoids float64: no cast back could restore them."""
        super()._apply(fn, recurse)
        if self.positions == "sinusoidal":
            self.sinusoids = sinusoidal_encoding(*self.sinusoids.shape).to(self.sinusoids.device)
        return self

    def forward(self, token_ids: Tensor, edit: PartEdits) -> EmbeddingTrace:
        token_table, *position_table = parameters_of(self)
        token = edit("token", look_up(token_table, token_ids))
        if self.positions == "none":
            position, sum = None, edit("sum", token)
        else:
            table = self.sinusoids if self.positions == "sinusoidal" else position_table[0]
            # A copy, so that nothing recorded shares its memory with a parameter.
            position = edit("position", table[: token_ids.shape[1]].to(token.dtype, copy=True))
            sum = edit("sum", token + position)
        norm = None if self.norm is None else self.norm.forward(sum, edit.inside("norm"))
        return EmbeddingTrace(token, position, sum, norm)


def look_up(table: Tensor, token_ids: Tensor) -> Tensor:
    """Take each id's row out of the table: table [vocab, d_model], token_ids [batch, token] -> [batch, token, d_model].

    Raises ValueError for an id without a row. torch finds it on the way, so no look at all ids comes before.
    """
    try:
        return embedding(token_ids, table)
    except IndexError as error:
        smallest, largest = (int(bound) for bound in token_ids.aminmax())
        raise ValueError(
            f"token_ids range from {smallest} to {largest}; this vocabulary has the ids 0 to {len(table) - 1}."
        ) from error
