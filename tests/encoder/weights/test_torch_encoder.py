"""Our encoder and torch's own compute the same, in both directions; what one cannot compute is refused."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional
from torch.testing import assert_close

from encoder import Encoder, EncoderConfig, Limits
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


def torch_encoder(norm: nn.Module | None = None, **choices: Any) -> nn.TransformerEncoder:
    layer = nn.TransformerEncoderLayer(**({"d_model": 15, "nhead": 5, "dim_feedforward": 17, "dropout": 0.0} | choices))
    return nn.TransformerEncoder(layer, 2, norm, enable_nested_tensor=False)


def with_other_last_layer(**choices: Any) -> nn.TransformerEncoder:
    module = torch_encoder()
    module.layers[1] = torch_encoder(**choices).layers[1]
    return module


class OwnLayer(nn.TransformerEncoderLayer):
    """A layer that could compute anything."""


def with_other_epsilon() -> nn.TransformerEncoder:
    module = torch_encoder()
    module.layers[0].norm2.eps = 0.1
    return module


def with_part(name: str, part: nn.Module) -> nn.TransformerEncoder:
    module = torch_encoder()
    setattr(module.layers[1], name, part)
    return module


def own(kind: type[nn.Module]) -> type[nn.Module]:
    """A class that could compute anything."""
    return type("Own", (kind,), {})


REFUSED: list[tuple[Callable[[], nn.Module], str]] = [
    (lambda: nn.Linear(15, 15), r"The module is a Linear; it must be a torch\.nn\.TransformerEncoder itself"),
    (
        lambda: nn.TransformerEncoder(OwnLayer(15, 5), 1, None, False),
        r"layers\.0 is a OwnLayer; it must be a torch\.nn\.",
    ),
    (lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(15, 5), 0, None, False), "The module has no layers"),
    (lambda: torch_encoder(bias=False), r"layers\.0 has no linear1\.bias; .* Build the torch layer with bias=True"),
    (
        lambda: with_part("self_attn", nn.MultiheadAttention(15, 5, add_bias_kv=True)),
        r"layers\.1 has self_attn\.bias_k, for which ours has no place",
    ),
    (lambda: torch_encoder(dropout=0.1), r"layers\.0 is in training with dropout 0\.1; .* Call module\.eval\(\) first"),
    (lambda: torch_encoder(activation=torch.tanh), r"layers\.0 has the activation .*tanh.*; it must be torch's own"),
    (lambda: torch_encoder(activation=nn.GELU("tanh")), r"layers\.0 has the activation GELU\(approximate='tanh'\)"),
    (lambda: torch_encoder(activation=own(nn.ReLU)()), r"layers\.0 has the activation Own\(\); it must be torch's"),
    (lambda: torch_encoder(activation=own(nn.GELU)()), r"layers\.0 has the activation Own\(.*\); it must be torch's"),
    (
        lambda: with_part("self_attn", nn.MultiheadAttention(15, 5, add_zero_attn=True)),
        r"layers\.1\.self_attn has a key of zeros besides the tokens; give it add_zero_attn=False",
    ),
    (with_other_epsilon, r"layers\.0 has the epsilons 1e-05 and 0\.1; ours has one for both"),
    (lambda: with_other_last_layer(nhead=3), r"layers\.1 has .*n_heads=3.*, but layers\.0 has .*n_heads=5"),
    (lambda: with_other_last_layer(activation="gelu"), r"layers\.1 has .*activation='gelu'.*all layers must"),
    (lambda: torch_encoder(nn.LayerNorm(15)), r"ends on a norm of its own; .* Give norm=None"),
    (lambda: torch_encoder(norm_first=True), r"pre-LN without a final norm; .* Give norm=torch\.nn\.LayerNorm"),
    (lambda: torch_encoder(nn.RMSNorm(15), norm_first=True), r"norm is a RMSNorm; it must be a torch\.nn\.LayerNorm"),
    (lambda: torch_encoder(nn.LayerNorm(15, bias=False), norm_first=True), r"norm is LayerNorm.*\['weight'\]; it must"),
    (lambda: torch_encoder(nn.LayerNorm(15, eps=0.1), norm_first=True), r"norm is LayerNorm.*eps=0\.1.* epsilon 1e-05"),
]


@pytest.mark.parametrize(("build", "message"), REFUSED)
def test_a_torch_encoder_that_ours_cannot_match_is_refused_with_the_reason(
    build: Callable[[], nn.TransformerEncoder], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        from_torch_encoder(build(), torch.ones(31, 15))


PARTS: list[tuple[str, nn.Module]] = [
    ("self_attn", own(nn.MultiheadAttention)(15, 5)),
    ("linear1", own(nn.Linear)(15, 17)),
    ("linear2", own(nn.Linear)(17, 15)),
    ("norm1", own(nn.LayerNorm)(15)),
    ("norm2", nn.GroupNorm(1, 15)),
    ("dropout", own(nn.Dropout)(0.0)),
]


@pytest.mark.parametrize(("name", "part"), PARTS)
def test_a_part_that_could_compute_anything_is_refused(name: str, part: nn.Module) -> None:
    with pytest.raises(ValueError, match=rf"layers\.1\.{name} is a (Own|GroupNorm); it must be a torch\.nn\..* itself"):
        from_torch_encoder(with_part(name, part), torch.ones(31, 15))


@pytest.mark.parametrize("place", ["", "layers.1", "layers.0.norm2", "layers.0.activation"])
@pytest.mark.parametrize("kind", ["forward", "register_forward_hook", "register_forward_pre_hook"])
def test_a_hook_or_a_forward_of_its_own_is_refused(place: str, kind: str) -> None:
    module = torch_encoder(activation=nn.ReLU())
    part = module.get_submodule(place)
    if kind == "forward":
        part.forward = torch.tanh  # type: ignore[method-assign]
    else:
        getattr(part, kind)(lambda *_: None)
    with pytest.raises(ValueError, match=rf"^{place or 'The module'} has a forward hook, or a forward of its own"):
        from_torch_encoder(module, torch.ones(31, 15))


def test_a_dropout_that_was_taken_out_is_none() -> None:
    assert from_torch_encoder(with_part("dropout", nn.Identity()), torch.ones(31, 15)).config.d_ff == 17


def test_tables_of_another_width_or_precision_are_refused() -> None:
    with pytest.raises(ValueError, match=r"'embedding\.token_table' is \(31, 13\); the config asks for \(31, 15\)"):
        from_torch_encoder(torch_encoder(), torch.ones(31, 13))
    with pytest.raises(ValueError, match=r"'embedding\.position_table' is \(19, 13\); the config asks for \(19, 15\)"):
        from_torch_encoder(torch_encoder(), torch.ones(31, 15), torch.ones(19, 13))
    with pytest.raises(ValueError, match=r"'embedding\.token_table' is torch\.float64, but .*float32"):
        from_torch_encoder(torch_encoder(), torch.ones(31, 15).double())


def test_a_torch_encoder_beyond_the_limits_needs_limits_raised_on_purpose() -> None:
    module, table = torch_encoder(d_model=515), torch.ones(31, 515)
    with pytest.raises(ValueError, match="d_model is 515; it must be a whole number from 1 to 512"):
        from_torch_encoder(module, table)
    assert from_torch_encoder(module, table, limits=Limits(d_model=515)).config.d_model == 515
