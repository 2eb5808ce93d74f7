"""Our encoder and torch's own compute the same, in both directions."""

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional
from torch.testing import assert_close

from encoder import Encoder, EncoderConfig
from encoder.weights import from_torch_encoder, to_torch_encoder
from tests.encoder.conftest import prime_config, some_mask, some_tokens


def shared_config(**choices: object) -> EncoderConfig:
    """A config that torch can represent: heads that share d_model among them."""
    return prime_config(**({"d_model": 15, "n_heads": 3, "d_head": 5} | choices))


def with_every_parameter_random(encoder: Encoder, seed: int = 0) -> Encoder:
    """The same encoder with noise on every parameter, so that no zero bias and no γ of one can hide a mistake."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for values in encoder.parameters():
            values.add_(torch.randn(values.shape, generator=generator) / 10)
    return encoder


def torch_layers(module: nn.TransformerEncoder, x: Tensor, key_mask: Tensor | None) -> list[Tensor]:
    """The output of each torch layer, and of the final norm where there is one."""
    outputs = []
    for layer in module.layers:
        x = layer(x, src_key_padding_mask=None if key_mask is None else ~key_mask)
        outputs.append(x)
    return outputs if module.norm is None else [*outputs, module.norm(x)]


def assert_same_on_every_layer(
    encoder: Encoder, module: nn.TransformerEncoder, ids: Tensor, mask: Tensor | None
) -> None:
    trace = encoder(ids, mask)
    ours = [layer.output for layer in trace.layers] + ([] if trace.final_norm is None else [trace.final_norm.output])
    theirs = torch_layers(module, trace.embedding.output, mask)
    assert len(ours) == len(theirs)
    for our_output, their_output in zip(ours, theirs, strict=True):
        assert_close(our_output, their_output, rtol=0, atol=1e-5)
    whole = module(trace.embedding.output, src_key_padding_mask=None if mask is None else ~mask)
    assert_close(trace.output, whole, rtol=0, atol=1e-5)


kinds = st.fixed_dictionaries(
    {
        "norm": st.sampled_from(["post", "pre"]),
        "activation": st.sampled_from(["gelu", "relu"]),
        "positions": st.sampled_from(["sinusoidal", "learned", "none"]),
        "embedding_norm": st.booleans(),
        "prediction_head": st.booleans(),
        "layer_norm_epsilon": st.sampled_from([1e-5, 1e-12, 0.1]),
        "n_layers": st.integers(1, 3),
    }
)


@settings(deadline=None, max_examples=16)
@given(kind=kinds, n_heads=st.integers(1, 4), d_head=st.integers(1, 5), masked=st.booleans(), fast=st.booleans())
def test_torchs_encoder_with_our_parameters_agrees_on_every_layer(
    kind: dict[str, object], n_heads: int, d_head: int, masked: bool, fast: bool
) -> None:
    config = shared_config(n_heads=n_heads, d_head=d_head, d_model=n_heads * d_head, **kind)
    encoder = with_every_parameter_random(Encoder(config))
    # In eval mode and without gradients, torch takes another way, through one fused function.
    with torch.inference_mode(fast):
        module = to_torch_encoder(encoder).train(not fast)
        assert_same_on_every_layer(encoder, module, some_tokens(config), some_mask() if masked else None)


@settings(deadline=None, max_examples=12)
@given(
    norm_first=st.booleans(),
    activation=st.sampled_from(["gelu", "relu", functional.gelu, torch.relu, nn.ReLU(), nn.GELU()]),
    masked=st.booleans(),
    epsilon=st.sampled_from([1e-5, 1e-3]),
    batch_first=st.booleans(),
    learned=st.booleans(),
)
def test_our_encoder_with_torchs_parameters_agrees_on_every_layer(
    norm_first: bool,
    activation: str | Callable[[Tensor], Tensor],
    masked: bool,
    epsilon: float,
    batch_first: bool,
    learned: bool,
) -> None:
    layer = nn.TransformerEncoderLayer(15, 5, 17, 0.1, activation, epsilon, batch_first, norm_first)
    norm = nn.LayerNorm(15, epsilon) if norm_first else None
    module = nn.TransformerEncoder(layer, 3, norm, enable_nested_tensor=False).eval()
    for values in module.parameters():
        nn.init.normal_(values, std=0.3)
    tokens, table = nn.Embedding(31, 15), nn.Embedding(19, 15)
    encoder = from_torch_encoder(module, tokens.weight, table.weight if learned else "none")
    ids, mask = some_tokens(encoder.config), some_mask() if masked else None
    if not batch_first:
        for part in module.modules():
            if isinstance(part, nn.MultiheadAttention):
                part.batch_first = True
    assert_same_on_every_layer(encoder, module, ids, mask)
    assert torch.equal(encoder(ids).embedding.token, tokens(ids))
    assert encoder.config.max_length == (19 if learned else 128)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_there_and_back_is_the_same_bit_for_bit(norm: str, dtype: torch.dtype) -> None:
    encoder = with_every_parameter_random(Encoder(shared_config(norm=norm, positions="learned"))).to(dtype)
    tables = encoder.embedding.token_table, encoder.embedding.position_table
    back = from_torch_encoder(to_torch_encoder(encoder), *tables)
    assert back.config == encoder.config
    assert back.state_dict().keys() == encoder.state_dict().keys()
    assert all(torch.equal(values, back.state_dict()[name]) for name, values in encoder.state_dict().items())


def test_copies_share_nothing_with_what_they_were_made_from(norm: str) -> None:
    encoder = Encoder(shared_config(norm=norm, positions="learned"))
    module = to_torch_encoder(encoder)
    back = from_torch_encoder(module, encoder.embedding.token_table, encoder.embedding.position_table)
    owners = [{values.untyped_storage().data_ptr() for values in one.parameters()} for one in (encoder, module, back)]
    assert not owners[0] & owners[1]
    assert not owners[1] & owners[2]
    assert not owners[0] & owners[2]


def test_neither_direction_disturbs_the_global_seed(norm: str) -> None:
    encoder = Encoder(shared_config(norm=norm))
    before = torch.random.get_rng_state()
    from_torch_encoder(to_torch_encoder(encoder), encoder.embedding.token_table)
    assert torch.equal(before, torch.random.get_rng_state())


def test_heads_that_do_not_share_d_model_are_refused() -> None:
    with pytest.raises(
        ValueError, match=r"n_heads · d_head is 3 · 5 and d_model is 13; .* Build the encoder with d_head"
    ):
        to_torch_encoder(Encoder(prime_config()))
