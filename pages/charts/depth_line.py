"""How likely one word is after every layer: a line from the first layer to the last."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from pages.charts.labels import plain
from pages.charts.limits import number
from pages.charts.theme import colour, styled


def depth_line(probabilities: Sequence[float], word: str) -> go.Figure:
    """Draw the word's probability after each layer; layer 0 is the first.

    Raises:
        ValueError: if there is no layer.
    """
    if not len(probabilities):
        raise ValueError("There are no probabilities to draw; give one for each layer, at least one.")
    figure = go.Figure(
        go.Scatter(
            x=np.arange(len(probabilities), dtype=np.float32),
            y=np.asarray(probabilities, np.float32),
            mode="lines+markers",
            line={"color": colour("emphasis"), "width": 3},
            marker={"color": colour("emphasis"), "size": 9},
            hovertemplate=f"after layer %{{x}}<br>{plain(word)}: %{{y:.4p}}<extra></extra>",
        )
    )
    styled(figure, height=260)
    figure.update_xaxes(title_text="read out after layer", dtick=1, range=[-0.3, len(probabilities) - 0.7])
    return figure.update_yaxes(
        title_text=f"probability of {plain(word)}",
        tickformat=".2~p",
        rangemode="tozero",
        showgrid=True,
        gridcolor=colour("guide"),
    )


def depth_finding(probabilities: Sequence[float], word: str) -> str:
    """Say where the word is likeliest, and how likely it is in the end."""
    best = int(np.argmax(probabilities))
    return (
        f"Probability of {word}: {number(probabilities[0])} after the first layer, {number(probabilities[-1])} after "
        f"the last; the most is {number(probabilities[best])}, after layer {best}."
    )
