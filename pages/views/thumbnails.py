"""Tensors as small pictures: fewer columns and eight bits a number, on a scale that is said beside them."""

import numpy as np


def limits(values: np.ndarray, scale: str) -> tuple[float, float]:
    """Where the colours end: sizes at 0 and the largest, signed numbers at ±3 · root mean square or at the largest."""
    finite = values[np.isfinite(values)]
    largest = float(np.abs(finite).max(initial=0)) or 1.0
    if scale == "size":
        return 0.0, largest
    high = min(largest, 3 * float(np.sqrt(np.mean(finite.astype(np.float64) ** 2))) or 1.0)
    return -high, high


def extremes(values: np.ndarray, most: int) -> np.ndarray:
    """Of each block of columns the number that is farthest from 0, so that there are `most` columns at most."""
    block = -(-values.shape[-1] // most)
    missing = [(0, 0)] * (values.ndim - 1) + [(0, -values.shape[-1] % block)]
    blocks = np.pad(values, missing).reshape(*values.shape[:-1], -1, block)
    return np.take_along_axis(blocks, np.abs(blocks).argmax(axis=-1, keepdims=True), axis=-1)[..., 0]


def eight_bits(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Each number as one of 256 levels between the limits; what lies outside becomes the nearest limit."""
    return np.rint((np.clip(values, low, high) - low) * (255 / (high - low))).astype(np.uint8)
