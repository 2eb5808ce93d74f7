"""How the numbers of two tensors are spread, drawn over one another: before an activation function, and after it."""

import numpy as np
import plotly.graph_objects as go

from pages.charts.limits import number
from pages.charts.theme import colour, styled, with_legend

BINS = 61


def histogram_pair(before: np.ndarray, after: np.ndarray, names: tuple[str, str]) -> go.Figure:
    """Draw how many numbers of each tensor lie in each of 61 equal bins, which both share.

    Raises:
        ValueError: if one of the two is empty or holds a number that is not finite.
    """
    for name, values in zip(names, (before, after), strict=True):
        if not values.size or not np.isfinite(values).all():
            raise ValueError(f"{name} is empty or not finite; a histogram needs finite numbers. Leave the others out.")
    edges = np.histogram_bin_edges(np.concatenate([before.ravel(), after.ravel()]), BINS)
    middles = ((edges[1:] + edges[:-1]) / 2).astype(np.float32)
    figure = go.Figure()
    for name, values, meaning, width in zip(names, (before, after), ("residual", "emphasis"), (1.5, 2.5), strict=True):
        figure.add_scatter(
            x=middles,
            y=np.histogram(values, edges)[0].astype(np.int32),
            name=name,
            mode="lines",
            line={"shape": "hvh", "color": colour(meaning), "width": width},
            hovertemplate=f"{name} near %{{x:.3f}}<br>%{{y}} numbers<extra></extra>",
        )
    styled(figure, height=320)
    figure.add_vline(x=0, line_width=1, line_color=colour("guide"))
    figure.update_yaxes(title_text="how many numbers", rangemode="tozero")
    return with_legend(figure)


def histogram_finding(before: np.ndarray, after: np.ndarray, names: tuple[str, str]) -> str:
    """Say how far both tensors reach, and how much of the first lies above zero."""
    first, second = (f"{number(values.min())} to {number(values.max())}" for values in (before, after))
    return (
        f"{names[0]} runs from {first}, {100 * np.mean(before > 0):.1f} % of it above 0; {names[1]} runs from {second}."
    )
