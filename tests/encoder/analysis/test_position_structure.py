"""The structure of position vectors, against scipy's Toeplitz matrices and the definition of a wavelength."""

import re
from math import cos, pi, sqrt

import numpy as np
import pytest
import torch
from scipy.linalg import toeplitz
from scipy.spatial import distance
from torch.testing import assert_close

from encoder import Encoder
from encoder.analysis import embedding_norms, gram_matrix, offset_profile, wavelengths
from encoder.positions import sinusoidal_encoding
from tests.encoder.conftest import prime_config, some_tokens


def test_the_gram_matrix_holds_the_dot_product_of_every_two_positions() -> None:
    positions = torch.tensor([[1.0, 2.0], [3.0, 5.0], [0.0, 7.0]])
    assert gram_matrix(positions).tolist() == [[5.0, 13.0, 14.0], [13.0, 34.0, 35.0], [14.0, 35.0, 49.0]]


def test_sinusoidal_positions_compare_by_their_offset_alone() -> None:
    profile = offset_profile(gram_matrix(sinusoidal_encoding(127, 34)))
    assert_close(profile.smallest, profile.largest, rtol=0, atol=1e-12)
    assert_close(profile.mean[0].item(), 34 / 2)


def test_learned_positions_do_not() -> None:
    table = Encoder(prime_config(positions="learned")).get_parameter("embedding.position_table")
    profile = offset_profile(gram_matrix(table))
    assert (profile.largest[:-1] > profile.smallest[:-1] + 0.1).all()


def test_a_toeplitz_matrix_has_its_first_row_as_profile() -> None:
    row = np.array([2.0, -1.0, 0.5, 7.0])
    profile = offset_profile(torch.tensor(toeplitz(row)))
    for entries in (profile.mean, profile.smallest, profile.largest):
        np.testing.assert_array_equal(entries.numpy(), row)


def test_mean_smallest_and_largest_are_those_of_each_diagonal() -> None:
    gram = torch.tensor([[5.0, 1.0, 7.0], [1.0, 2.0, 4.0], [7.0, 4.0, 2.0]])
    profile = offset_profile(gram)
    assert [profile.smallest.tolist(), profile.mean.tolist(), profile.largest.tolist()] == [
        [2.0, 1.0, 7.0],
        [3.0, 2.5, 7.0],
        [5.0, 4.0, 7.0],
    ]


@pytest.mark.parametrize("shape", [(2, 3), (3, 2), (3,), (0, 0)])
def test_a_matrix_that_compares_no_positions_has_no_profile(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=rf"gram is {re.escape(str(shape))}; it must be \[position, position\]"):
        offset_profile(torch.zeros(shape))


def test_after_one_wavelength_a_pair_is_where_it_was() -> None:
    turns = wavelengths(6).tolist()
    assert_close(turns, [2 * pi, 2 * pi * 10000 ** (1 / 3), 2 * pi * 10000 ** (2 / 3)])
    assert_close(sinusoidal_encoding(8, 6)[7, 3].item(), cos(7 * 2 * pi / turns[1]))


def test_token_and_position_are_measured_apart() -> None:
    config = prime_config()
    trace = Encoder(config)(some_tokens(config))
    measured = embedding_norms(trace)
    x = trace.embedding.token[1, 7].detach().numpy()
    assert_close(measured.token[1, 7].item(), float(distance.euclidean(x, np.zeros(13))))
    # An odd d_model ends on a sine without its cosine: at position 0, six cosines of 1 and seven sines of 0 remain.
    assert measured.position is not None
    assert measured.position.shape == (11,)
    assert_close(measured.position[0].item(), sqrt(6))


def test_without_positions_there_is_no_norm_of_them() -> None:
    config = prime_config(positions="none")
    assert embedding_norms(Encoder(config)(some_tokens(config))).position is None
