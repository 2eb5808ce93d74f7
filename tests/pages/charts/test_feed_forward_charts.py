import numpy as np
import pytest

from pages.charts.gain_and_shift import gain_and_shift
from pages.charts.histogram_pair import histogram_finding, histogram_pair

RANDOM = np.random.default_rng(0)
NAMES = ("pre_activation", "activation")


def test_both_histograms_count_every_number_in_the_same_bins() -> None:
    before = RANDOM.normal(size=(5, 17)).astype(np.float32)
    first, second = histogram_pair(before, np.maximum(before, 0), NAMES).data
    assert (sum(first.y), sum(second.y)) == (85, 85)
    np.testing.assert_array_equal(first.x, second.x)
    np.testing.assert_array_equal(first.y, np.histogram(before, np.histogram_bin_edges(before, 61))[0])


def test_the_finding_tells_the_share_above_zero() -> None:
    before = np.array([-1.0, 2.0, 3.0, 4.0])
    assert histogram_finding(before, np.maximum(before, 0), NAMES) == (
        "pre_activation runs from −1.00 to 4.00, 75.0 % of it above 0; activation runs from 0 to 4.00."
    )


@pytest.mark.parametrize("values", [np.empty(0), np.array([1.0, -np.inf]), np.array([np.nan])])
def test_a_histogram_of_nothing_or_of_infinity_is_refused(values: np.ndarray) -> None:
    with pytest.raises(ValueError, match="activation is empty or not finite; a histogram needs finite numbers"):
        histogram_pair(np.ones(3), values, NAMES)


def test_gamma_and_beta_stand_at_their_dimension() -> None:
    gamma, beta = RANDOM.normal(size=(2, 13)).astype(np.float32)
    first, second = gain_and_shift(gamma, beta).data
    np.testing.assert_array_equal(first.y, gamma)
    np.testing.assert_array_equal(second.y, beta)
    np.testing.assert_array_equal(first.x, np.arange(13))


def test_gamma_and_beta_of_different_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"shapes \(3,\) and \(4,\); both must be \[dimension\]"):
        gain_and_shift(np.ones(3), np.ones(4))
