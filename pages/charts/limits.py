"""How far a colour scale reaches, and how its legend says so."""

import math
from dataclasses import dataclass
from typing import final

import numpy as np

ALL_ZERO = "all are 0"
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@final
@dataclass(frozen=True)
class ColourLimits:
    """The values at the two ends of a colour scale, and what the legend says about them."""

    low: float
    high: float
    name: str

    @property
    def ticks(self) -> tuple[float, ...]:
        """The values that the legend marks: both ends, and zero where it lies between."""
        return (self.low, 0.0, self.high) if self.low < 0 else (self.low, self.high)


def diverging_limits(values: np.ndarray) -> ColourLimits:
    """Return limits at ±3 · √(mean of the squares), so that a few extreme values don't bleach the rest.

    If no value goes so far, the largest is the limit, so that none of the scale is wasted. The legend says which.

    >>> diverging_limits(np.array([-2.0, 1.0])).name, diverging_limits(np.zeros(2)).name
    ('colour ends at ±2.00, the largest', 'colour ends at ±1.00, all are 0')
    """
    largest = float(np.abs(values).max(initial=0.0))
    three_rms = 3.0 * float(np.sqrt(np.mean(np.square(values, dtype=np.float64)))) if values.size else 0.0
    limit = min(largest, three_rms) or 1.0
    name = ALL_ZERO if not largest else "3 · root mean square" if three_rms < largest else "the largest"
    return ColourLimits(-limit, limit, f"colour ends at ±{number(limit)}, {name}")


def sequential_limits(values: np.ndarray, rescale: bool = False) -> ColourLimits:
    """Return limits from zero to the largest value; rescaled, from the smallest, which shows small differences.

    >>> norms = np.array([7.5, 8.0])
    >>> sequential_limits(norms).low, sequential_limits(norms, rescale=True).low
    (0.0, 7.5)
    """
    high = float(values.max(initial=0.0)) or 1.0
    low = float(values.min(initial=high)) if rescale else 0.0
    if low == high:
        low = 0.0
    ends = "from {}, the lowest, to {}, the highest" if low else "from {} to {}, the largest"
    if not values.any():
        ends = "from {} to {}, " + ALL_ZERO
    return ColourLimits(low, high, ends.format(number(low), number(high)))


def effect_limits(values: np.ndarray) -> ColourLimits:
    """Return limits from zero to 3 · √(mean of the squares), or to the largest if no value goes so far.

    What is not finite does not count.

    >>> effect_limits(np.array([0.0, 2.0, np.inf])).name
    'from 0 to 2.00, the largest'
    """
    finite = values[np.isfinite(values)]
    both = diverging_limits(finite)
    largest = finite.max(initial=0.0)
    name = ALL_ZERO if not largest else "3 · root mean square" if both.high < largest else "the largest"
    return ColourLimits(0.0, both.high, f"from 0 to {number(both.high)}, {name}")


def number(value: float) -> str:
    """Return a number as a reader wants it: three figures, a true minus sign, a power of ten if it is tiny.

    >>> number(0.01234), number(-1.5), number(123.4), number(0.0), number(-0.00000123)
    ('0.0123', '−1.50', '123', '0', '−1.23·10⁻⁶')
    >>> number(float("nan")), number(float("-inf"))
    ('NaN', '−∞')
    """
    if value == 0:
        return "0"
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞" if value > 0 else "−∞"
    figures, _, power = f"{abs(value):.2e}".partition("e")
    tiny, decimals = abs(value) < 0.001, max(0, 2 - int(power))
    text = f"{figures}·10{str(int(power)).translate(_RAISED)}" if tiny else f"{abs(value):.{decimals}f}"
    return text if value > 0 else f"−{text}"
