"""The encoder's forward pass without its trace, for training: the same numbers up to rounding, sooner.

It covers what the nested encoder is: post-LN, GELU, learned positions, LayerNorm on the embedding, prediction head. The
tests hold its outputs and gradients against `Encoder`; everything that is shown comes from `Encoder`.
"""

from collections.abc import Mapping
from math import inf, sqrt

import torch
from torch import Tensor
from torch.nn.functional import embedding, gelu, layer_norm, linear

from encoder.config import EncoderConfig

Parameters = Mapping[str, Tensor]


def residual_stream(
    config: EncoderConfig, parameters: Parameters, token_ids: Tensor, key_mask: Tensor | None
) -> list[Tensor]:
    """Return the stream as it leaves each layer, the first layer's first: n_layers times [batch, token, d_model]."""
    position = parameters["embedding.position_table"][: token_ids.shape[1]]
    x = _norm(
        config, parameters, "embedding.norm", embedding(token_ids, parameters["embedding.token_table"]) + position
    )
    stream = []
    for layer in range(config.n_layers):
        path = f"layers.{layer}"
        attention = _attend(config, parameters, f"{path}.attention", x, key_mask)
        x = _norm(config, parameters, f"{path}.attention_norm", x + attention)
        hidden = gelu(_affine(parameters, f"{path}.feed_forward", "1", x))
        x = _norm(
            config,
            parameters,
            f"{path}.feed_forward_norm",
            x + _affine(parameters, f"{path}.feed_forward", "2", hidden),
        )
        stream.append(x)
    return stream


def predict(config: EncoderConfig, parameters: Parameters, x: Tensor) -> Tensor:
    """Return the logits of the prediction head in float32: x [place, d_model] -> [place, vocab]."""
    activation = gelu(_affine(parameters, "prediction", "P", x))
    normalized = _norm(config, parameters, "prediction.norm", activation)
    return linear(normalized, parameters["embedding.token_table"], parameters["prediction.b_E"]).float()


def _affine(parameters: Parameters, path: str, name: str, x: Tensor) -> Tensor:
    return linear(x, parameters[f"{path}.W_{name}"].T, parameters[f"{path}.b_{name}"])


def _norm(config: EncoderConfig, parameters: Parameters, path: str, x: Tensor) -> Tensor:
    gamma, beta = parameters[f"{path}.gamma"], parameters[f"{path}.beta"]
    return layer_norm(x.float(), gamma.shape, gamma, beta, config.layer_norm_epsilon)


def _attend(config: EncoderConfig, parameters: Parameters, path: str, x: Tensor, key_mask: Tensor | None) -> Tensor:
    # One product for Q, K and V is faster than three.
    W = torch.cat([parameters[f"{path}.W_{name}"] for name in "QKV"], dim=1)
    b = torch.cat([parameters[f"{path}.b_{name}"] for name in "QKV"])
    projected = linear(x, W.T, b).unflatten(-1, (3, config.n_heads, config.d_head))
    Q, K, V = projected.permute(2, 0, 3, 1, 4)
    scores = Q @ K.mT / sqrt(config.d_head)
    masked_scores = scores if key_mask is None else scores.masked_fill(~key_mask[:, None, None, :], -inf)
    context = masked_scores.softmax(dim=-1).to(V.dtype) @ V
    return _affine(parameters, path, "O", context.transpose(1, 2).flatten(2))
