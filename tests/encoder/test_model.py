"""The encoder as a whole: what it refuses, what it repeats, and which symmetries it has."""

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from encoder import Edits, Encoder, Replace, ScaleHead
from tests.encoder.conftest import LENGTH, prime_config, some_mask, some_tokens


def test_the_same_config_gives_the_same_bits() -> None:
    config = prime_config(positions="learned", embedding_norm=True, norm="pre", prediction_head=True)
    first, second = Encoder(config).state_dict(), Encoder(config).state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_the_seed_reaches_every_random_parameter_and_no_global_state() -> None:
    torch.manual_seed(0)
    before = torch.random.get_rng_state()
    first, second = Encoder(prime_config(seed=1)).state_dict(), Encoder(prime_config(seed=2)).state_dict()
    assert torch.equal(before, torch.random.get_rng_state())
    for name, values in first.items():
        random = name.rpartition(".")[2].startswith("W_") or name.endswith("_table")
        assert torch.equal(values, second[name]) != random, name


def test_two_passes_give_the_same_bits(norm: str) -> None:
    config = prime_config(norm=norm)
    encoder = Encoder(config)
    first, second = encoder(some_tokens(config), some_mask()), encoder(some_tokens(config), some_mask())
    assert all(torch.equal(tensor, second[path]) for path, tensor in first.items())


def test_a_pass_writes_nothing_to_the_encoder(norm: str) -> None:
    config = prime_config(norm=norm)
    encoder = Encoder(config)
    before = {path: dict(vars(module)) for path, module in encoder.named_modules()}
    encoder(some_tokens(config))
    assert {path: dict(vars(module)) for path, module in encoder.named_modules()} == before


def test_the_last_layer_is_read_out_as_in_the_pass(norm: str) -> None:
    config = prime_config(norm=norm, prediction_head=True)
    encoder, edit = Encoder(config), Edits((Replace("prediction.norm.std", torch.full((2, LENGTH), 0.5)),))
    trace = encoder(some_tokens(config), edit=edit)
    final_norm, prediction = encoder.read_out(trace.layers[-1].output, edit)
    assert torch.equal(prediction.logits, trace.prediction.logits)
    assert (final_norm is None) == (norm == "post")
    assert final_norm is None or torch.equal(final_norm.output, trace.output)
    assert encoder.read_out(trace.layers[-1].output, edit, predict=False)[1] is None


def test_padding_is_inert_when_masked_and_not_when_unmasked(norm: str) -> None:
    config = prime_config(norm=norm)
    encoder, ids = Encoder(config).double(), some_tokens(config)
    padded, mask = torch.cat([ids, torch.zeros_like(ids)[:, :7]], dim=1), torch.ones(2, LENGTH + 7, dtype=torch.bool)
    mask[:, LENGTH:] = False
    alone = encoder(ids).output
    assert_close(encoder(padded, mask).output[:, :LENGTH], alone, rtol=0, atol=1e-12)
    assert (encoder(padded).output[:, :LENGTH] - alone).abs().max() > 0.01


def equivariance_gap(positions: str, norm: str) -> float:
    config = prime_config(positions=positions, norm=norm)
    encoder, ids = Encoder(config).double(), some_tokens(config)
    order = torch.randperm(LENGTH, generator=torch.Generator().manual_seed(3))
    return (encoder(ids).output[:, order] - encoder(ids[:, order]).output).abs().max().item()


def test_without_positions_shuffled_words_give_the_shuffled_output(norm: str) -> None:
    assert equivariance_gap("none", norm) < 1e-12


@pytest.mark.parametrize("positions", ["sinusoidal", "learned"])
def test_with_positions_order_matters(positions: str, norm: str) -> None:
    assert equivariance_gap(positions, norm) > 0.1


def test_the_stream_is_its_parts_added_up_in_pre_norm() -> None:
    config = prime_config(norm="pre")
    trace = Encoder(config).double()(some_tokens(config))
    parts = [trace.embedding.sum]
    parts += [part for layer in trace.layers for part in (layer.attention.output, layer.feed_forward.output)]
    assert_close(sum(parts[1:], start=parts[0]), trace.layers[-1].feed_forward_residual)


def test_a_layer_of_usual_sizes_has_12_d_squared_plus_13_d_parameters() -> None:
    for n_heads in (1, 2, 3, 6):
        layer = Encoder(prime_config(d_model=6, n_heads=n_heads, d_head=6 // n_heads, d_ff=24)).layers[0]
        assert sum(parameter.numel() for parameter in layer.parameters()) == 12 * 6**2 + 13 * 6


OUTSIDE = [
    (torch.zeros(2, 11), None, r"torch\.float32 \(2, 11\); they must be torch\.int64 \[batch, token\]"),
    (torch.zeros(11, dtype=torch.int64), None, r"torch\.int64 \(11,\); they must be torch\.int64 \[batch, token\]"),
    (torch.zeros(1, 20, dtype=torch.int64), None, "There are 20 tokens; this encoder takes 1 to 19"),
    (torch.zeros(1, 0, dtype=torch.int64), None, "There are 0 tokens; this encoder takes 1 to 19"),
    (torch.zeros(0, 3, dtype=torch.int64), None, "The batch is empty; give at least one sentence"),
    (torch.tensor([[0, 31]]), None, "range from 0 to 31; this vocabulary has the ids 0 to 30"),
    (torch.tensor([[-1, 3]]), None, "range from -1 to 3; this vocabulary has the ids 0 to 30"),
    (
        torch.zeros(1, 3, dtype=torch.int64),
        torch.ones(1, 3),
        r"key_mask is torch\.float32 .* must be torch\.bool \(1, 3\)",
    ),
    (torch.zeros(1, 3, dtype=torch.int64), torch.ones(1, 4) > 0, r"key_mask is torch\.bool \(1, 4\)"),
    (torch.zeros(1, 3, dtype=torch.int64), torch.zeros(1, 3) > 0, "hides every token of a sentence"),
]


@pytest.mark.parametrize(("token_ids", "key_mask", "message"), OUTSIDE)
def test_input_that_does_not_fit_is_refused_with_what_fits(
    token_ids: Tensor, key_mask: Tensor | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Encoder(prime_config())(token_ids, key_mask)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"token_ids": [[1, 2, 3]]}, "token_ids are a list; give a torch.Tensor"),
        ({"key_mask": [[True, True, True]]}, "key_mask is a list; give a torch.Tensor of torch.bool, or None"),
        ({"edit": ScaleHead(0, 0, 0.0)}, r"edit is a ScaleHead; give Edits\("),
        ({"edit": (ScaleHead(0, 0, 0.0),)}, r"edit is a tuple; give Edits\("),
        ({"edit": None}, r"edit is a NoneType; give Edits\(.* or NO_EDITS"),
    ],
)
def test_what_is_no_tensor_or_no_edits_is_refused_before_the_pass(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Encoder(prime_config())(**({"token_ids": torch.tensor([[1, 2, 3]])} | given))


def test_under_inference_mode_no_recorded_tensor_shares_memory_with_a_parameter(norm: str) -> None:
    config = prime_config(positions="learned", norm=norm, prediction_head=True)
    encoder, ids = Encoder(config), some_tokens(config)
    parameters = {values.untyped_storage().data_ptr() for values in encoder.parameters()}
    with torch.inference_mode():
        trace = encoder(ids)
    for path, tensor in trace.items():
        assert tensor is ids or (tensor.is_inference() and tensor.untyped_storage().data_ptr() not in parameters), path
