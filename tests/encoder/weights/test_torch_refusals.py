"""A torch encoder that computes something else than ours can is refused with the reason, never converted silently."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from encoder import Limits
from encoder.weights import from_torch_encoder


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
