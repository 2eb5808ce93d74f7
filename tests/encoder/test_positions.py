"""The sinusoidal encoding has the properties that the paper claims for it."""

from math import cos, pi, sin

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import block_diag, toeplitz
from torch.testing import assert_close

from encoder.positions import angular_frequencies, sinusoidal_encoding


def test_it_is_the_formula_of_the_paper_by_hand() -> None:
    expected = [sin(3), cos(3), sin(3 / 10000 ** (2 / 6)), cos(3 / 10000 ** (2 / 6))]
    assert_close(sinusoidal_encoding(4, 6)[3, :4], torch.tensor(expected, dtype=torch.float64))


@given(length=st.integers(1, 128), d_model=st.integers(1, 64))
def test_its_shape_is_position_by_dimension_also_for_odd_sizes(length: int, d_model: int) -> None:
    assert sinusoidal_encoding(length, d_model).shape == (length, d_model)


def test_every_position_has_the_norm_root_of_half_the_dimensions() -> None:
    norms = torch.linalg.vector_norm(sinusoidal_encoding(128, 62), dim=-1)
    assert_close(norms, torch.full((128,), 31.0, dtype=torch.float64).sqrt())


def test_a_step_of_k_is_the_same_rotation_everywhere() -> None:
    encoding, k = sinusoidal_encoding(41, 22).numpy(), 7
    turns = [k * omega for omega in angular_frequencies(22).numpy()]
    R_k = block_diag(*[[[cos(turn), sin(turn)], [-sin(turn), cos(turn)]] for turn in turns])
    np.testing.assert_allclose(encoding[:-k] @ R_k.T, encoding[k:], atol=1e-12)


def test_the_gram_matrix_depends_on_the_offset_alone() -> None:
    encoding = sinusoidal_encoding(37, 26).numpy()
    by_offset = [np.cos(offset * angular_frequencies(26).numpy()).sum() for offset in range(37)]
    np.testing.assert_allclose(encoding @ encoding.T, toeplitz(by_offset), atol=1e-12)


def test_the_dot_product_is_not_monotone_in_the_offset() -> None:
    encoding = sinusoidal_encoding(16, 64)
    similarity = encoding @ encoding[0]
    first_rise = int((similarity.diff() > 0).nonzero()[0]) + 1
    assert first_rise == 6


@pytest.mark.parametrize("d_model", [1, 2, 13, 64])
def test_the_last_pair_turns_as_slowly_as_is_said(d_model: int) -> None:
    exponent = 1 - 1 / d_model if d_model % 2 else 1 - 2 / d_model
    assert 2 * pi / float(angular_frequencies(d_model)[-1]) == pytest.approx(2 * pi * 10000**exponent)
