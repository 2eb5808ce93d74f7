"""The encoder in NumPy and the encoder in torch were written apart; they agree on every tensor."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from encoder import Encoder, EncoderConfig
from encoder.numpy_encoder import forward
from tests.encoder.conftest import configs


def largest_difference(config: EncoderConfig, dtype: torch.dtype, seed: int, masked: bool) -> float:
    """The largest |torch − NumPy| over every path; shapes, dtypes, paths and infinities must agree first."""
    generator = torch.Generator().manual_seed(seed)
    encoder = Encoder(config).to(dtype)
    with torch.no_grad():
        for parameter in encoder.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator) / 10)
    ids = torch.randint(config.vocab_size, (2, 7), generator=generator)
    mask = torch.rand(2, 7, generator=generator) < 0.6
    mask[:, 0] = True
    with torch.inference_mode():
        trace = encoder(ids, mask if masked else None)
    parameters = {name: values.numpy() for name, values in encoder.state_dict().items()}
    twin = forward(config, parameters, ids.numpy(), mask.numpy() if masked else None)
    assert tuple(twin) == trace.paths
    largest = 0.0
    for path, tensor in trace.items():
        ours, other = tensor.numpy(), twin[path]
        assert (ours.shape, ours.dtype) == (other.shape, other.dtype), path
        finite = np.isfinite(ours)
        assert np.array_equal(ours[~finite], other[~finite]), path
        largest = max(largest, np.abs(ours[finite].astype(float) - other[finite].astype(float)).max(initial=0.0))
    return largest


@settings(deadline=None, max_examples=60)
@given(config=configs(), seed=st.integers(0, 2**32), masked=st.booleans())
def test_the_two_agree_to_1e_12_in_float64(config: EncoderConfig, seed: int, masked: bool) -> None:
    assert largest_difference(config, torch.float64, seed, masked) < 1e-12


@settings(deadline=None, max_examples=20)
@given(config=configs(), seed=st.integers(0, 2**32), masked=st.booleans())
def test_the_two_agree_to_rounding_in_float32(config: EncoderConfig, seed: int, masked: bool) -> None:
    assert largest_difference(config, torch.float32, seed, masked) < 1e-3
