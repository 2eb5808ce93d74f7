"""The whole encoder in NumPy alone: read it in one sitting, and check the other one against it.

Nothing here is shared with the torch encoder but the names. Each function takes its parameters from one dictionary,
named as in `encoder.state_dict()`, and writes what it computes into another, named as in the trace.
"""

from collections.abc import Mapping
from math import erf, sqrt
from typing import Any

import numpy as np

from encoder.config import EncoderConfig

Array = np.ndarray[Any, Any]
Named = dict[str, Array]


def forward(
    config: EncoderConfig, parameters: Mapping[str, Array], token_ids: Array, key_mask: Array | None = None
) -> Named:
    """Run the encoder and return every tensor by its path, in the order of computation.

    Shapes: token_ids integer [batch, token], key_mask bool [batch, token], True where a token may be looked at. The
    parameters' dtype, float32 or float64, is the dtype of everything. Source: Vaswani et al. 2017 §3.
    """
    trace: Named = {"token_ids": token_ids} | ({} if key_mask is None else {"key_mask": key_mask})
    x = embed(config, parameters, token_ids, trace)
    for layer in range(config.n_layers):
        x = encode_layer(config, parameters, x, key_mask, f"layers.{layer}", trace)
    if config.norm == "pre":
        x = layer_norm(config, parameters, x, "final_norm", trace)
    if config.prediction_head:
        predict(config, parameters, x, "prediction", trace)
    return trace


def embed(config: EncoderConfig, parameters: Mapping[str, Array], token_ids: Array, trace: Named) -> Array:
    """x₀ = E[t] + P, normalized where the config asks for it."""
    x = trace["embedding.token"] = parameters["embedding.token_table"][token_ids]
    if config.positions == "sinusoidal":
        trace["embedding.position"] = sinusoids(token_ids.shape[1], config.d_model).astype(x.dtype)
    if config.positions == "learned":
        trace["embedding.position"] = parameters["embedding.position_table"][: token_ids.shape[1]]
    x = trace["embedding.sum"] = x + trace.get("embedding.position", np.zeros((), x.dtype))
    return layer_norm(config, parameters, x, "embedding.norm", trace) if config.embedding_norm else x


def sinusoids(length: int, d_model: int) -> Array:
    """PE(p, 2i) = sin(p / 10000^(2i/d_model)), PE(p, 2i+1) = cos(p / 10000^(2i/d_model))."""
    position, dimension = np.arange(length)[:, None], np.arange(d_model)
    angle = position / 10000.0 ** (2 * (dimension // 2) / d_model)
    return np.where(dimension % 2 == 0, np.sin(angle), np.cos(angle))


def encode_layer(
    config: EncoderConfig, parameters: Mapping[str, Array], x: Array, key_mask: Array | None, path: str, trace: Named
) -> Array:
    """Post-LN: x ← LN(x + F(x)). Pre-LN: x ← x + F(LN(x)). F is attention, then the feed-forward network."""
    if config.norm == "post":
        attention = attend(config, parameters, x, key_mask, f"{path}.attention", trace)
        x = trace[f"{path}.attention_residual"] = x + attention
        x = layer_norm(config, parameters, x, f"{path}.attention_norm", trace)
        network = feed_forward(config, parameters, x, f"{path}.feed_forward", trace)
        x = trace[f"{path}.feed_forward_residual"] = x + network
        return layer_norm(config, parameters, x, f"{path}.feed_forward_norm", trace)

    normalized = layer_norm(config, parameters, x, f"{path}.attention_norm", trace)
    x = x + attend(config, parameters, normalized, key_mask, f"{path}.attention", trace)
    trace[f"{path}.attention_residual"] = x
    normalized = layer_norm(config, parameters, x, f"{path}.feed_forward_norm", trace)
    x = x + feed_forward(config, parameters, normalized, f"{path}.feed_forward", trace)
    trace[f"{path}.feed_forward_residual"] = x
    return x


def attend(
    config: EncoderConfig, parameters: Mapping[str, Array], x: Array, key_mask: Array | None, path: str, trace: Named
) -> Array:
    """softmax(QKᵀ/√d_head)·V in each head; then Concat(heads)·W_O + b_O."""
    batch, length, _ = x.shape

    def project(name: str) -> Array:
        all_heads = x @ parameters[f"{path}.W_{name}"] + parameters[f"{path}.b_{name}"]
        return all_heads.reshape(batch, length, config.n_heads, config.d_head).swapaxes(1, 2)

    Q = trace[f"{path}.query"] = project("Q")
    K = trace[f"{path}.key"] = project("K")
    V = trace[f"{path}.value"] = project("V")
    dot_products = trace[f"{path}.dot_products"] = Q @ K.swapaxes(-1, -2)
    scores = trace[f"{path}.scores"] = dot_products / np.sqrt(config.d_head).astype(x.dtype)
    if key_mask is not None:
        scores = np.where(key_mask[:, None, None, :], scores, -np.inf).astype(x.dtype)
    trace[f"{path}.masked_scores"] = scores
    A = trace[f"{path}.weights"] = softmax(scores)
    context = trace[f"{path}.context"] = A @ V
    concatenated = context.swapaxes(1, 2).reshape(batch, length, -1)
    trace[f"{path}.output"] = concatenated @ parameters[f"{path}.W_O"] + parameters[f"{path}.b_O"]
    return trace[f"{path}.output"]


def softmax(scores: Array) -> Array:
    """exp(s) / Σ exp(s) along each row; subtracting the largest score first changes nothing but avoids overflow."""
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def feed_forward(config: EncoderConfig, parameters: Mapping[str, Array], x: Array, path: str, trace: Named) -> Array:
    """φ(x·W₁ + b₁)·W₂ + b₂, for each token alone."""
    h = trace[f"{path}.pre_activation"] = x @ parameters[f"{path}.W_1"] + parameters[f"{path}.b_1"]
    h = trace[f"{path}.activation"] = gelu(h) if config.activation == "gelu" else np.maximum(h, 0)
    trace[f"{path}.output"] = h @ parameters[f"{path}.W_2"] + parameters[f"{path}.b_2"]
    return trace[f"{path}.output"]


def predict(config: EncoderConfig, parameters: Mapping[str, Array], x: Array, path: str, trace: Named) -> Array:
    """LN(GELU(x·W_P + b_P))·Eᵀ + b_E: a score for every word, at every place."""
    h = trace[f"{path}.pre_activation"] = x @ parameters[f"{path}.W_P"] + parameters[f"{path}.b_P"]
    h = trace[f"{path}.activation"] = gelu(h)
    h = layer_norm(config, parameters, h, f"{path}.norm", trace)
    trace[f"{path}.logits"] = h @ parameters["embedding.token_table"].T + parameters[f"{path}.b_E"]
    return trace[f"{path}.logits"]


def gelu(x: Array) -> Array:
    """x·Φ(x), with the normal distribution's Φ(x) = (1 + erf(x/√2)) / 2."""
    return x * (np.vectorize(erf, otypes=[x.dtype])(x / sqrt(2)) + 1) / 2


def layer_norm(config: EncoderConfig, parameters: Mapping[str, Array], x: Array, path: str, trace: Named) -> Array:
    """γ · (x − μ)/σ + β per token, with σ = √(variance + ε)."""
    mean = trace[f"{path}.mean"] = x.mean(axis=-1)
    std = trace[f"{path}.std"] = np.sqrt(x.var(axis=-1) + config.layer_norm_epsilon).astype(x.dtype)
    normalized = trace[f"{path}.normalized"] = (x - mean[..., None]) / std[..., None]
    trace[f"{path}.output"] = parameters[f"{path}.gamma"] * normalized + parameters[f"{path}.beta"]
    return trace[f"{path}.output"]
