"""A config is checked before anything is built."""

import pytest

from encoder import LIMITS, EncoderConfig, Limits
from tests.encoder.conftest import prime_config


def test_head_size_and_hidden_size_have_defaults_that_need_not_divide() -> None:
    config = EncoderConfig(vocab_size=31, d_model=19, n_heads=3, n_layers=2)
    assert (config.d_head, config.d_ff) == (6, 76)


def test_a_head_is_at_least_one_wide() -> None:
    assert EncoderConfig(vocab_size=31, d_model=3, n_heads=16, n_layers=1).d_head == 1


def test_equal_configs_are_one_cache_key_whatever_their_limits() -> None:
    wide = Limits(d_model=768)
    assert prime_config() == prime_config(limits=wide)
    assert hash(prime_config()) == hash(prime_config(limits=wide))


@pytest.mark.parametrize(
    ("size", "largest"),
    [("d_model", 512), ("n_layers", 12), ("n_heads", 16), ("max_length", 128), ("d_head", 512), ("d_ff", 2048)],
)
@pytest.mark.parametrize("beyond", ["above", "zero", "negative", "fraction", "text", "boolean"])
def test_a_size_out_of_range_is_refused_with_the_range(size: str, largest: int, beyond: str) -> None:
    given = {"above": largest + 1, "zero": 0, "negative": -7, "fraction": 3.5, "text": "3", "boolean": True}[beyond]
    with pytest.raises(ValueError, match=rf"^{size} is {given!r}; it must be a whole number from 1 to {largest}\.$"):
        prime_config(**{size: given})


@pytest.mark.parametrize("size", ["d_model", "n_layers", "n_heads", "max_length"])
def test_the_largest_allowed_size_is_accepted(size: str) -> None:
    largest = getattr(LIMITS, size)
    assert getattr(prime_config(**{size: largest}), size) == largest


def test_limits_can_be_raised_on_purpose() -> None:
    assert prime_config(d_model=768, limits=Limits(d_model=768)).d_model == 768


@pytest.mark.parametrize("choice", ["norm", "positions", "activation"])
def test_an_unknown_choice_is_refused_with_the_allowed_ones(choice: str) -> None:
    with pytest.raises(ValueError, match=rf"^{choice} is 'sideways'; it must be one of '"):
        prime_config(**{choice: "sideways"})


@pytest.mark.parametrize("choice", ["embedding_norm", "prediction_head"])
def test_a_switch_is_true_or_false(choice: str) -> None:
    with pytest.raises(ValueError, match=rf"^{choice} is 'yes'; it must be True or False\.$"):
        prime_config(**{choice: "yes"})


@pytest.mark.parametrize("epsilon", [0.0, -1e-5, 2.0, float("nan"), float("inf"), "small"])
def test_an_epsilon_that_cannot_steady_a_root_is_refused(epsilon: object) -> None:
    with pytest.raises(ValueError, match=r"^layer_norm_epsilon is .* must be a float above 0 and at most 1"):
        prime_config(layer_norm_epsilon=epsilon)


@pytest.mark.parametrize("seed", [-1, 2**63, 0.5, "0"])
def test_a_seed_that_no_generator_takes_is_refused(seed: object) -> None:
    with pytest.raises(ValueError, match=r"^seed is .*; it must be a whole number from 0 to 2\*\*63 - 1\.$"):
        prime_config(seed=seed)
