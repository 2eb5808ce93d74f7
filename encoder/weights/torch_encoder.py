"""To torch's own encoder and back, with the same numbers.

torch's `src_key_padding_mask` is True where a token may NOT be looked at, the opposite of our `key_mask`: give it
`~key_mask`. What stands around the layers, the embedding and the prediction head, a torch encoder has not.
"""

from typing import Literal

import torch
from torch import Tensor, nn

from encoder.config import LIMITS, EncoderConfig, Limits
from encoder.model import Encoder
from encoder.weights.assembly import assemble
from encoder.weights.torch_names import from_torch_names, to_torch_names
from encoder.weights.torch_settings import settings_of


def to_torch_encoder(encoder: Encoder) -> nn.TransformerEncoder:
    """Copy the layers into a torch encoder, which turns `trace.embedding.output` into `trace.output`.

    Its input is [batch, token, d_model] (batch_first), and it has no dropout. Raises ValueError if n_heads · d_head is
    not d_model, because torch's heads always share d_model among them.

    >>> encoder = Encoder(EncoderConfig(vocab_size=11, d_model=8, n_heads=2, n_layers=1))
    >>> trace = encoder(torch.tensor([[1, 2, 3]]))
    >>> torch.allclose(to_torch_encoder(encoder)(trace.embedding.output), trace.output, atol=1e-5)
    True
    """
    config = encoder.config
    if config.n_heads * config.d_head != config.d_model:
        raise ValueError(
            f"n_heads · d_head is {config.n_heads} · {config.d_head} and d_model is {config.d_model}; "
            "torch.nn.TransformerEncoder needs them equal. Build the encoder with d_head = d_model / n_heads."
        )
    module = _torch_module(config).to(encoder.embedding.token_table)
    module.load_state_dict(to_torch_names(encoder.state_dict(), config.n_layers))
    return module


def from_torch_encoder(
    module: nn.TransformerEncoder,
    token_table: Tensor,
    positions: Tensor | Literal["sinusoidal", "none"] = "sinusoidal",
    limits: Limits = LIMITS,
) -> Encoder:
    """Copy a torch encoder's layers behind an embedding, whose tables are given because a torch encoder has none.

    `token_table` is [vocab, d_model], as in `torch.nn.Embedding(...).weight`. `positions` is a table
    [max_length, d_model] of learned ones, or the name of a kind that has no table. Whether the torch encoder was
    batch_first makes no difference: the result takes token ids [batch, token].

    Raises ValueError that says why, if the torch encoder computes something that ours cannot.
    """
    settings = settings_of(module)
    config = EncoderConfig(
        vocab_size=token_table.shape[0],
        d_model=settings.d_model,
        n_heads=settings.n_heads,
        n_layers=len(module.layers),
        d_ff=settings.d_ff,
        max_length=positions.shape[0] if isinstance(positions, Tensor) else limits.max_length,
        norm=settings.norm,
        positions="learned" if isinstance(positions, Tensor) else positions,
        activation=settings.activation,
        layer_norm_epsilon=settings.layer_norm_epsilon,
        limits=limits,
    )
    parameters = from_torch_names(module.state_dict(), config.n_layers) | {"embedding.token_table": token_table}
    if isinstance(positions, Tensor):
        parameters["embedding.position_table"] = positions
    return assemble(config, {name: _copy(values) for name, values in parameters.items()})


def _torch_module(config: EncoderConfig) -> nn.TransformerEncoder:
    """A torch encoder of the same sizes and choices, with torch's own first values."""
    with torch.random.fork_rng(devices=[]):  # drawing those must not disturb anybody's seed
        layer = nn.TransformerEncoderLayer(
            config.d_model,
            config.n_heads,
            config.d_ff,
            dropout=0.0,
            activation=config.activation,
            layer_norm_eps=config.layer_norm_epsilon,
            batch_first=True,
            norm_first=config.norm == "pre",
        )
    final_norm = nn.LayerNorm(config.d_model, config.layer_norm_epsilon) if config.norm == "pre" else None
    return nn.TransformerEncoder(layer, config.n_layers, final_norm, enable_nested_tensor=False)


def _copy(values: Tensor) -> Tensor:
    return values.detach().clone(memory_format=torch.contiguous_format)
