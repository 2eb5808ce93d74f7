"""What each depth believes: the same prediction head reads the residual stream after every layer."""

from typing import cast

import torch
from jaxtyping import Float
from torch import Tensor

from encoder.edits import Edits
from encoder.model import Encoder
from encoder.trace import Trace
from encoder.whole_number import is_place


def depth_logits(trace: Trace, position: int) -> Float[Tensor, "layer batch vocab"]:
    """Read out one place after each layer; the last layer's are `trace.prediction.logits` there, bit for bit.

    logits_l = LN(GELU(x_l·W_P + b_P))·Eᵀ + b_E, with x_l the stream as it leaves layer l, behind the final LayerNorm
    where the encoder has one. In an encoder that was trained at every depth, each is a real prediction; in any other
    the earlier ones are a guess, the logit lens (nostalgebraist 2020). Edits of the pass that stand in the head count.

    Raises ValueError if the encoder has no prediction head, or if there is no such place in the sentence.
    """
    encoder, edits = cast(Encoder, trace.encoder), cast(Edits, trace.edits)
    if encoder.prediction is None:
        raise ValueError(
            "This encoder has no prediction head, so no depth of it predicts a word. "
            "Give the trace of one whose config has prediction_head=True."
        )
    n_tokens = trace.token_ids.shape[1]
    if not is_place(position, n_tokens):
        raise ValueError(f"There is no token {position!r}; this sentence has the tokens 0 to {n_tokens - 1}.")
    logits = []
    for layer in trace.layers:
        # The whole sentence at once, as in the pass: for a single row, a product rounds differently.
        _, prediction = encoder.read_out(layer.output, edits)
        assert prediction is not None
        logits.append(prediction.logits[:, position])
    return torch.stack(logits)
