"""Entropy is scipy's, between 0 and the logarithm of the number of keys that may be looked at."""

from math import log

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import entropy
from torch.testing import assert_close

from encoder import Edits, Encoder, EncoderConfig, Replace
from encoder.analysis import attention_entropy, largest_entropy
from tests.encoder.conftest import configs, prime_config, some_mask, some_tokens


@settings(deadline=None, max_examples=12)
@given(config=configs(), masked=st.booleans())
def test_it_is_scipys_entropy_of_each_row_and_within_its_bounds(config: EncoderConfig, masked: bool) -> None:
    trace = Encoder(config).double()(some_tokens(config, length=7), some_mask(7) if masked else None)
    measured = attention_entropy(trace).detach().numpy()
    for index, layer in enumerate(trace.layers):
        by_scipy = entropy(layer.attention.weights.detach().numpy(), axis=-1)
        np.testing.assert_allclose(measured[index], by_scipy.swapaxes(0, 1), atol=1e-12)
    assert measured.min() >= 0
    assert (measured <= largest_entropy(trace).numpy()[:, None] + 1e-12).all()


def test_one_key_gives_zero_two_keys_log_two_and_all_keys_log_t_by_hand() -> None:
    config = EncoderConfig(vocab_size=1, d_model=2, n_heads=1, n_layers=1)
    rows = torch.tensor([[[[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [1 / 3, 1 / 3, 1 / 3]]]])
    edit = Edits((Replace("layers.0.attention.weights", rows),))
    measured = attention_entropy(Encoder(config)(torch.zeros(1, 3, dtype=torch.int64), edit=edit))
    assert_close(measured, torch.tensor([[[[0.0, log(2), log(3)]]]]))


@pytest.mark.parametrize(("masked", "expected"), [(False, [log(11), log(11)]), (True, [log(11), log(8)])])
def test_the_bound_counts_only_keys_that_may_be_looked_at(masked: bool, expected: list[float]) -> None:
    config = prime_config()
    trace = Encoder(config)(some_tokens(config), some_mask() if masked else None)
    assert_close(largest_entropy(trace), torch.tensor(expected))
    assert attention_entropy(trace).shape == (2, 3, 2, 11)
