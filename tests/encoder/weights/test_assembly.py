"""Given parameters become an encoder, or the first one that does not fit is named."""

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from torch import Tensor

from encoder import Encoder, EncoderConfig
from encoder.weights import assemble, skeleton
from tests.encoder.conftest import configs, prime_config, some_tokens


@settings(deadline=None, max_examples=12)
@given(config=configs())
def test_an_encoder_around_anothers_parameters_computes_the_same_bits(config: EncoderConfig) -> None:
    encoder = Encoder(config)
    twin, ids = assemble(config, encoder.state_dict()), some_tokens(config, length=7)
    expected = encoder(ids)
    assert all(torch.equal(tensor, expected[path]) for path, tensor in twin(ids).items())


def test_the_given_tensors_become_trainable_parameters_without_a_copy() -> None:
    given_ones = Encoder(prime_config()).double().state_dict()
    for name, values in assemble(prime_config(), given_ones).named_parameters():
        assert values.data_ptr() == given_ones[name].data_ptr(), name
        assert values.requires_grad, name
        assert values.is_leaf, name


def test_float64_parameters_meet_float64_positions() -> None:
    config = prime_config()
    encoder, ids = Encoder(config).double(), some_tokens(config)
    assert torch.equal(assemble(config, encoder.state_dict())(ids).output, encoder(ids).output)


def test_a_skeleton_holds_no_numbers() -> None:
    assert all(values.is_meta for values in skeleton(prime_config()).parameters())


Change = Callable[[dict[str, Tensor]], object]
MISFITS: list[tuple[Change, str]] = [
    (
        lambda p: p.pop("layers.1.attention.W_K"),
        r"that are missing: 'layers\.1\.attention\.W_K'\.",
    ),
    (lambda p: p.update(bias=torch.ones(1)), r"The config has no parameters of these names: 'bias'\."),
    (
        lambda p: p.update({"layers.0.feed_forward.W_1": torch.ones(17, 13)}),
        r"^'layers\.0\.feed_forward\.W_1' is \(17, 13\); the config asks for \(13, 17\)",
    ),
    (
        lambda p: p.update({"layers.0.attention.b_O": torch.ones(13, dtype=torch.float16)}),
        r"'layers\.0\.attention\.b_O' is torch\.float16; parameters are torch\.float32 or torch\.float64",
    ),
    (
        lambda p: p.update({"layers.0.attention.b_O": torch.ones(13, dtype=torch.float64)}),
        r"b_O' is torch\.float64, but 'embedding\.token_table' is torch\.float32; all must have the same dtype",
    ),
    (
        lambda p: p.update({"layers.1.attention_norm.beta": torch.tensor([torch.nan, torch.inf] + 11 * [0.0])}),
        r"'layers\.1\.attention_norm\.beta' holds numbers that are not finite, 2 of 13",
    ),
]


def test_of_many_missing_parameters_three_are_named() -> None:
    names = r"'embedding\.token_table', 'layers\.0\.attention\.W_Q', 'layers\.0\.attention\.b_Q' and 30 more"
    with pytest.raises(ValueError, match=rf"asks for parameters that are missing: {names}\."):
        assemble(prime_config(), {})


@pytest.mark.parametrize(("change", "message"), MISFITS)
def test_the_first_parameter_that_does_not_fit_is_named(change: Change, message: str) -> None:
    parameters = Encoder(prime_config()).state_dict()
    change(parameters)
    with pytest.raises(ValueError, match=message):
        assemble(prime_config(), parameters)
