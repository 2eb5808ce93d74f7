"""The encoder: a stack of layers whose forward pass returns everything that it computed."""

from typing import final

import torch
from torch import Tensor, nn

from encoder.config import EncoderConfig
from encoder.edits import NO_EDITS, Edits
from encoder.embedding import Embedding
from encoder.initialization import initialize, parts_of
from encoder.layer import Layer
from encoder.normalization import LayerNorm
from encoder.parts import NormTrace, PredictionTrace
from encoder.prediction import Prediction
from encoder.trace import Trace


@final
class Encoder(nn.Module):
    """Read a whole sentence at once, layer by layer, and keep every tensor on the way.

    Shapes: token_ids int64 [batch, token]; key_mask bool [batch, token], True where a token may be looked at.
    Returns a Trace; there is no other way through. Raises ValueError for input that does not fit the config, and
    for edits that have no place in it or in the sentence, before anything is computed.
    Source: Vaswani et al. 2017 §3.1.

    >>> encoder = Encoder(EncoderConfig(vocab_size=11, d_model=8, n_heads=2, n_layers=1))
    >>> trace = encoder(torch.tensor([[1, 2, 3]]))
    >>> tuple(trace.layers[0].attention.weights.shape)
    (1, 2, 3, 3)
    """

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = Embedding(config)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.n_layers))
        # Pre-LN leaves the stream unnormalized, so one last LayerNorm stands behind the stack.
        self.final_norm = LayerNorm(config.d_model, config.layer_norm_epsilon) if config.norm == "pre" else None
        self.prediction = Prediction(config) if config.prediction_head else None
        initialize(self, config.seed)

    def forward(self, token_ids: Tensor, key_mask: Tensor | None = None, edit: Edits = NO_EDITS) -> Trace:
        check_kinds(token_ids, key_mask, edit)
        edit.check(self.config, key_mask is not None, token_ids.shape[1] if token_ids.ndim == 2 else None)
        token_ids = edit("token_ids", token_ids)
        key_mask = None if key_mask is None else edit("key_mask", key_mask)
        check_input(token_ids, key_mask, self.config)

        embed, stack, *_ = parts_of(self)
        embedding = embed.forward(token_ids, edit.inside("embedding"))
        x, layers = embedding.output, []
        for index, layer in enumerate(stack):
            layers.append(layer.forward(x, key_mask, edit.inside(f"layers.{index}")))
            x = layers[-1].output
        final_norm, prediction = self.read_out(x, edit)
        return Trace(self.config, self, edit, token_ids, key_mask, embedding, tuple(layers), final_norm, prediction)

    def read_out(self, x: Tensor, edit: Edits, predict: bool = True) -> tuple[NormTrace | None, PredictionTrace | None]:
        """Read the stream as it leaves a layer: the final LayerNorm and the prediction head, where there are such.

        Without `predict`, the prediction is left out. The edits are those of the whole pass.
        """
        final_norm = None if self.final_norm is None else self.final_norm.forward(x, edit.inside("final_norm"))
        if self.prediction is None or not predict:
            return final_norm, None
        output = x if final_norm is None else final_norm.output
        return final_norm, self.prediction.forward(output, self.embedding.token_table, edit.inside("prediction"))


def check_kinds(token_ids: object, key_mask: object, edit: object) -> None:
    """Raise ValueError that says what was given, if something is no tensor or no Edits at all."""
    if not isinstance(token_ids, Tensor):
        raise ValueError(
            f"token_ids are a {type(token_ids).__name__}; give a torch.Tensor, such as torch.tensor([[1]])."
        )
    if key_mask is not None and not isinstance(key_mask, Tensor):
        raise ValueError(f"key_mask is a {type(key_mask).__name__}; give a torch.Tensor of torch.bool, or None.")
    if not isinstance(edit, Edits):
        raise ValueError(f"edit is a {type(edit).__name__}; give Edits((…,)) with all edits of the pass, or NO_EDITS.")


def check_input(token_ids: Tensor, key_mask: Tensor | None, config: EncoderConfig) -> None:
    """Raise ValueError that says what was given and what is allowed, if the input does not fit the config.

    Whether each id stands in the vocabulary shows when it is looked up (`encoder.embedding`).
    """
    if token_ids.dtype != torch.int64 or token_ids.ndim != 2:
        raise ValueError(
            f"token_ids are {token_ids.dtype} {tuple(token_ids.shape)}; they must be torch.int64 [batch, token]."
        )
    if not 1 <= token_ids.shape[1] <= config.max_length:
        raise ValueError(
            f"There are {token_ids.shape[1]} tokens; this encoder takes 1 to {config.max_length}. Shorten the text."
        )
    if token_ids.shape[0] == 0:
        raise ValueError("The batch is empty; give at least one sentence.")
    if key_mask is None:
        return
    if key_mask.dtype != torch.bool or key_mask.shape != token_ids.shape:
        raise ValueError(
            f"key_mask is {key_mask.dtype} {tuple(key_mask.shape)}; "
            f"it must be torch.bool {tuple(token_ids.shape)}, True where a token may be looked at."
        )
    if not key_mask.any(dim=1).all():
        raise ValueError("key_mask hides every token of a sentence; at least one must be True in each row.")
