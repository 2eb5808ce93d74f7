"""Multi-head self-attention: each token gathers what it needs from the others."""

from math import inf, sqrt
from typing import final

from torch import Tensor, nn

from encoder.affine import affine
from encoder.config import EncoderConfig
from encoder.constant import constant
from encoder.edits import PartEdits
from encoder.initialization import parameter, parameters_of
from encoder.parts import AttentionTrace


@final
class Attention(nn.Module):
    """Let each token look at all tokens, in several heads at once, and bring back what it found.

    Attention(Q, K, V) = softmax(QKᵀ/√d_head)·V per head; MHA(x) = Concat(head₁ … head_h)·W_O + b_O.
    Q, K and V are three products of the same x. `key_mask` is True where a token may be looked at: a masked key has
    the score −∞ and so the weight 0. Dividing by √d_head keeps the scores' spread at 1 for vectors of spread 1;
    without it, the softmax of wide heads sees little but its largest score.
    Shapes: x [batch, token, d_model] -> output [batch, token, d_model]. Source: Vaswani et al. 2017 §3.2.
    """

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        d_model, all_heads = config.d_model, config.n_heads * config.d_head
        self.W_Q, self.b_Q = parameter(d_model, all_heads), parameter(all_heads)
        self.W_K, self.b_K = parameter(d_model, all_heads), parameter(all_heads)
        self.W_V, self.b_V = parameter(d_model, all_heads), parameter(all_heads)
        self.W_O, self.b_O = parameter(all_heads, d_model), parameter(d_model)
        self.d_head, self.root_of_d_head = config.d_head, constant(sqrt(config.d_head))

    def forward(self, x: Tensor, key_mask: Tensor | None, edit: PartEdits) -> AttentionTrace:
        W_Q, b_Q, W_K, b_K, W_V, b_V, W_O, b_O = parameters_of(self)

        query = edit("query", split_heads(affine(x, W_Q, b_Q), self.d_head))
        key = edit("key", split_heads(affine(x, W_K, b_K), self.d_head))
        value = edit("value", split_heads(affine(x, W_V, b_V), self.d_head))

        dot_products = edit("dot_products", query @ key.mT)
        scores = edit("scores", dot_products / self.root_of_d_head)
        masked_scores = edit("masked_scores", mask_keys(scores, key_mask))
        weights = edit("weights", masked_scores.softmax(dim=-1))

        context = edit("context", weights @ value)
        output = edit("output", affine(concatenate_heads(context), W_O, b_O))
        return AttentionTrace(query, key, value, dot_products, scores, masked_scores, weights, context, output)


def split_heads(x: Tensor, d_head: int) -> Tensor:
    """Cut each token's vector into one piece a head: [batch, token, head·d_head] -> [batch, head, token, d_head]."""
    batch, length, _ = x.shape
    return x.view(batch, length, -1, d_head).transpose(1, 2)


def concatenate_heads(x: Tensor) -> Tensor:
    """Lay the heads' pieces side by side again: [batch, head, token, d_head] -> [batch, token, head·d_head]."""
    return x.transpose(1, 2).flatten(2)


def mask_keys(scores: Tensor, key_mask: Tensor | None) -> Tensor:
    """Give the score −∞ to every key that may not be looked at; without a mask, the scores as they are."""
    return scores if key_mask is None else scores.masked_fill(~key_mask[:, None, None, :], -inf)
