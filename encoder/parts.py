"""The parts of a trace: every tensor that one of the encoder's building blocks computes, with its meaning and origin.

Each tensor declares the operation that makes its numbers. The names in it mean what stands nearest: in the same part
of the trace, or further out; else a parameter of this part. "x" is what the part reads (see `encoder.stream`).
"""

from dataclasses import dataclass, field
from typing import final

from jaxtyping import Float
from torch import Tensor

from encoder.config import Norm
from encoder.declaration import part, tensor
from encoder.operations import (
    Addition,
    DotProduct,
    Gelu,
    LookUp,
    Masking,
    Mean,
    Mixture,
    Projection,
    Relu,
    ScaleAndShift,
    Scaling,
    Sinusoid,
    Softmax,
    Spread,
    Standardization,
)


@final
@dataclass(frozen=True, eq=False)
class NormTrace:
    """LayerNorm of one vector per token: LN(x) = γ · (x − mean) / std + β."""

    mean: Float[Tensor, "batch token"] = tensor(
        "μ", "The mean of the token's vector over its dimensions.", Mean("x[batch, token, :]")
    )
    std: Float[Tensor, "batch token"] = tensor(
        "σ", "The spread of the token's vector: √(variance + ε).", Spread("x[batch, token, :]", "mean[batch, token]")
    )
    normalized: Float[Tensor, "batch token d_model"] = tensor(
        "(x − μ)/σ",
        "The token's vector with its mean removed and its spread set to one.",
        Standardization("x[batch, token, d_model]", "mean[batch, token]", "std[batch, token]"),
    )
    output: Float[Tensor, "batch token d_model"] = tensor(
        "LN(x)",
        "The normalized vector, stretched by γ and shifted by β, both learned per dimension.",
        ScaleAndShift("gamma[d_model]", "normalized[batch, token, d_model]", "beta[d_model]"),
    )


@final
@dataclass(frozen=True, eq=False)
class EmbeddingTrace:
    """How token ids become vectors."""

    token: Float[Tensor, "batch token d_model"] = tensor(
        "E[t]",
        "The vector that stands in the table for this token.",
        LookUp(row="token_ids[batch, token]", table="token_table[row, d_model]"),
    )
    position: Float[Tensor, "token d_model"] | None = tensor(
        "P",
        "The vector that says where in the sentence the token stands.",
        lambda config: (
            Sinusoid() if config.positions == "sinusoidal" else LookUp(table="position_table[token, d_model]")
        ),
        when=lambda config: config.positions != "none",
    )
    sum: Float[Tensor, "batch token d_model"] = tensor(
        "x₀",
        "Token and position added: the start of the residual stream.",
        Addition("token[batch, token, d_model]", "position[token, d_model]"),
    )
    norm: NormTrace | None = part(when=lambda config: config.embedding_norm)

    @property
    def output(self) -> Tensor:
        """What enters the first layer: the sum, or its LayerNorm where the config has one."""
        return self.sum if self.norm is None else self.norm.output


@final
@dataclass(frozen=True, eq=False)
class AttentionTrace:
    """Multi-head self-attention, from three products of the same x to what is added to the stream."""

    query: Float[Tensor, "batch head token d_head"] = tensor(
        "Q",
        "What each token is looking for.",
        Projection("x[batch, token, :]", "W_Q[:, (head d_head)]", "b_Q[(head d_head)]"),
    )
    key: Float[Tensor, "batch head token d_head"] = tensor(
        "K",
        "What each token can be found by.",
        Projection("x[batch, token, :]", "W_K[:, (head d_head)]", "b_K[(head d_head)]"),
    )
    value: Float[Tensor, "batch head token d_head"] = tensor(
        "V",
        "What each token hands over when it is looked at.",
        Projection("x[batch, token, :]", "W_V[:, (head d_head)]", "b_V[(head d_head)]"),
    )
    dot_products: Float[Tensor, "batch head query key"] = tensor(
        "QKᵀ",
        "How well each query matches each key.",
        DotProduct("query[batch, head, query, :]", "key[batch, head, key, :]"),
    )
    scores: Float[Tensor, "batch head query key"] = tensor(
        "QKᵀ/√d_head",
        "The match divided by √d_head, so that its spread does not grow with the head's size.",
        Scaling("dot_products[batch, head, query, key]"),
    )
    masked_scores: Float[Tensor, "batch head query key"] = tensor(
        "mask(QKᵀ/√d_head)",
        "The scores, with −∞ where a key may not be looked at.",
        Masking("scores[batch, head, query, key]", "key_mask[batch, key]"),
    )
    weights: Float[Tensor, "batch head query key"] = tensor(
        "A",
        "How each query token shares its attention among the keys; every row sums to 1.",
        Softmax("masked_scores[batch, head, query, :]"),
    )
    context: Float[Tensor, "batch head token d_head"] = tensor(
        "AV",
        "The values, averaged with the weights: what each head has gathered for each token.",
        Mixture("weights[batch, head, token, :]", "value[batch, head, :, d_head]"),
    )
    output: Float[Tensor, "batch token d_model"] = tensor(
        "Concat(AV)·W_O + b_O",
        "All heads' findings, brought back to the width of the residual stream.",
        Projection("context[batch, :, token, :]", "W_O[:, d_model]", "b_O[d_model]"),
    )


@final
@dataclass(frozen=True, eq=False)
class FeedForwardTrace:
    """The same two-layer network, applied to each token on its own."""

    pre_activation: Float[Tensor, "batch token d_ff"] = tensor(
        "x·W₁ + b₁",
        "How strongly each hidden unit is driven by the token's vector.",
        Projection("x[batch, token, :]", "W_1[:, d_ff]", "b_1[d_ff]"),
    )
    activation: Float[Tensor, "batch token d_ff"] = tensor(
        "φ(x·W₁ + b₁)",
        "What each hidden unit lets through.",
        lambda config: (Gelu if config.activation == "gelu" else Relu)("pre_activation[batch, token, d_ff]"),
    )
    output: Float[Tensor, "batch token d_model"] = tensor(
        "φ(x·W₁ + b₁)·W₂ + b₂",
        "What the feed-forward network adds to the token's vector.",
        Projection("activation[batch, token, :]", "W_2[:, d_model]", "b_2[d_model]"),
    )


@final
@dataclass(frozen=True, eq=False)
class LayerTrace:
    """One layer: two sublayers, each added to the residual stream, each with its LayerNorm."""

    placement: Norm = field(repr=False)
    attention: AttentionTrace = part()
    attention_residual: Float[Tensor, "batch token d_model"] = tensor(
        "x + MHA(x)",
        "The stream after attention's output was added to it.",
        Addition("x[batch, token, d_model]", "attention.output[batch, token, d_model]"),
    )
    attention_norm: NormTrace = part()
    feed_forward: FeedForwardTrace = part()
    feed_forward_residual: Float[Tensor, "batch token d_model"] = tensor(
        "x + FFN(x)",
        "The stream after the feed-forward network's output was added to it.",
        Addition("x[batch, token, d_model]", "feed_forward.output[batch, token, d_model]"),
    )
    feed_forward_norm: NormTrace = part()

    @property
    def output(self) -> Tensor:
        """The residual stream as it leaves the layer."""
        return self.feed_forward_norm.output if self.placement == "post" else self.feed_forward_residual


@final
@dataclass(frozen=True, eq=False)
class PredictionTrace:
    """Which word the encoder would put at each place, read from its output."""

    pre_activation: Float[Tensor, "batch token d_model"] = tensor(
        "x·W_P + b_P",
        "The output, turned towards the words that could stand here.",
        Projection("x[batch, token, :]", "W_P[:, d_model]", "b_P[d_model]"),
    )
    activation: Float[Tensor, "batch token d_model"] = tensor(
        "GELU(x·W_P + b_P)",
        "What of it is let through before it is compared with every word's vector.",
        Gelu("pre_activation[batch, token, d_model]"),
    )
    norm: NormTrace = part()
    logits: Float[Tensor, "batch token vocab"] = tensor(
        "LN(·)·Eᵀ + b_E",
        "How well each word of the vocabulary fits here; the softmax of a row gives probabilities.",
        Projection("norm.output[batch, token, :]", "embedding.token_table[vocab, :]", "b_E[vocab]"),
    )
