import numpy as np
import pytest

from pages.charts.limits import diverging_limits, number, sequential_limits


def test_signed_numbers_end_at_three_sigma() -> None:
    values = np.zeros(100)
    values[:2] = 10.0, -10.0
    limits = diverging_limits(values)
    assert limits.high == pytest.approx(3 * np.sqrt(200 / 100))
    assert limits.low == -limits.high
    assert limits.name == "colour ends at ±4.24, 3 · root mean square"


def test_no_colour_is_wasted_on_numbers_that_do_not_occur() -> None:
    limits = diverging_limits(np.array([1.0, -1.0, 0.5]))
    assert (limits.low, limits.high) == (-1.0, 1.0)
    assert limits.name == "colour ends at ±1.00, the largest"


def test_sizes_begin_at_zero_unless_rescaled() -> None:
    norms = np.array([[7.5, 8.0], [9.0, 8.5]])
    assert (sequential_limits(norms).low, sequential_limits(norms).high) == (0.0, 9.0)
    assert sequential_limits(norms).name == "from 0 to 9.00, the largest"
    assert sequential_limits(norms, rescale=True).ticks == (7.5, 9.0)
    assert sequential_limits(norms, rescale=True).name == "from 7.50, the lowest, to 9.00, the highest"


@pytest.mark.parametrize("values", [np.zeros((2, 3)), np.full((2, 3), 8.0)])
def test_equal_numbers_still_give_a_scale_with_two_ends(values: np.ndarray) -> None:
    for limits in (diverging_limits(values), sequential_limits(values), sequential_limits(values, rescale=True)):
        assert limits.low < limits.high


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.01234, "0.0123"),
        (-1.5, "−1.50"),
        (12.34, "12.3"),
        (123.4, "123"),
        (0.99999, "1.00"),
        (-2e-6, "−2.00·10⁻⁶"),
    ],
)
def test_numbers_have_three_figures_and_a_true_minus(value: float, text: str) -> None:
    assert number(value) == text
