"""What a chart shows, in one sentence with its numbers: for captions, and for those who hear the page read aloud."""

from collections.abc import Sequence

import numpy as np

from pages.charts.limits import number


def numbers_finding(name: str, values: np.ndarray) -> str:
    """Say how many numbers a heatmap [token, dimension] holds, and how far they reach."""
    reach = f"{number(values.min())} to {number(values.max())}"
    return f"{name} of {values.shape[0]} tokens in {values.shape[1]} dimensions: the numbers run from {reach}."


def curves_finding(dimensions: Sequence[int], n_positions: int, wavelengths: np.ndarray | None) -> str:
    """Say which dimensions are drawn, and how fast they turn."""
    finding = f"Dimensions {', '.join(map(str, dimensions))} of the position encoding, at {n_positions} positions."
    if wavelengths is None:
        return finding
    lengths = ", ".join(number(wavelengths[dimension // 2]) for dimension in dimensions)
    return f"{finding} They turn once every {lengths} tokens."


def offsets_finding(mean: np.ndarray, smallest: np.ndarray, largest: np.ndarray) -> str:
    """Say how the likeness of two positions falls with their offset, and whether the offset alone decides it."""
    return (
        f"P(p)·P(q) is {number(mean[0])} at offset 0 and {number(mean[-1])} at offset {len(mean) - 1}, in the mean "
        f"over all pairs. Two pairs with the same offset differ by at most {number(np.max(largest - smallest))}."
    )


def lengths_finding(token_norms: np.ndarray, position_norms: np.ndarray | None) -> str:
    """Say how long the tokens' vectors are, and how long the positions'."""
    finding = f"The tokens' vectors are {_range(token_norms)} long"
    if position_norms is None:
        return f"{finding}. Positions are switched off: nothing is added."
    return f"{finding}, the positions' {_range(position_norms)}."


def extremes_finding(name: str, values: np.ndarray, tokens: Sequence[str], sites: Sequence[str]) -> str:
    """Say which token has the largest and the smallest number of a table [token, site], and where."""
    places = [divmod(int(index), values.shape[1]) for index in (values.argmax(), values.argmin())]
    largest, smallest = (
        f"{number(values[row, column])} (token {row}, {tokens[row]}, {sites[column]})" for row, column in places
    )
    return f"{name} of {len(tokens)} tokens at {len(sites)} sites. Largest: {largest}. Smallest: {smallest}."


def followed_finding(norms: np.ndarray, tokens: Sequence[str], followed: int) -> str:
    """Say how the followed token's vector grows or shrinks along the sites."""
    line = norms[followed]
    return (
        f"‖x‖ of token {followed}, {tokens[followed]}: {number(line[0])} at the embedding, "
        f"{number(line.max())} at most, {number(line[-1])} at the end."
    )


def spheres_finding(norms: np.ndarray, is_normalized: Sequence[bool], d_model: int) -> str:
    """Say how long the vectors [token, site] are at the embedding, after a LayerNorm, and everywhere else."""
    normalized = np.asarray(is_normalized)
    embedding, after, others = norms[:, 0], norms[:, normalized], norms[:, 1:][:, ~normalized[1:]]
    return (
        f"Measured now: ‖x‖ is {_range(embedding)} at the embedding, {_range(after)} right after a LayerNorm, and "
        f"{_range(others)} over all other sites; √d_model is {number(d_model**0.5)}."
    )


def _range(values: np.ndarray) -> str:
    smallest, largest = number(values.min()), number(values.max())
    return smallest if smallest == largest else f"{smallest} to {largest}"
