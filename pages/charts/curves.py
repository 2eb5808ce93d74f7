"""How chosen dimensions of the position encoding run along the sentence: fast ones, slow ones, one below the other."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from pages.charts.labels import token_labels
from pages.charts.limits import diverging_limits, number
from pages.charts.theme import colour, scale, styled

ROW_PIXELS = 74


def curves(
    encoding: np.ndarray, dimensions: Sequence[int], tokens: Sequence[str], wavelengths: np.ndarray | None = None
) -> go.Figure:
    """Draw one curve per chosen dimension, each on a line of its own; a point's colour is its colour in the heatmap.

    Args:
        encoding: [position, dimension]; it may go on behind the end of the sentence.
        dimensions: which columns to draw, from top to bottom.
        tokens: the sentence; a position behind its end has no token.
        wavelengths: tokens per full turn of each pair of dimensions, 2i and 2i + 1; None if the encoding has no waves.

    Raises:
        ValueError: if there is no dimension to draw, or one that the encoding does not have.
    """
    n_positions, n_dimensions = encoding.shape
    if not dimensions or not all(0 <= dimension < n_dimensions for dimension in dimensions):
        raise ValueError(
            f"The dimensions to draw are {list(dimensions)}; choose at least one from 0 to {n_dimensions - 1}."
        )
    chosen = np.asarray(encoding[:, list(dimensions)], np.float32)
    limits = diverging_limits(encoding)
    largest = float(np.abs(chosen).max()) or 1.0
    positions = [*token_labels(tokens)[:n_positions], *(str(p) for p in range(len(tokens), n_positions))]
    figure = go.Figure()
    for row, dimension in enumerate(dimensions):
        figure.add_hline(y=-row, line_width=1, line_color=colour("guide"))
        figure.add_scatter(
            x=np.arange(n_positions, dtype=np.float32),
            y=0.42 * chosen[:, row] / largest - row,
            customdata=chosen[:, row],
            text=positions,
            mode="lines+markers",
            line={"color": colour("residual"), "width": 1.5},
            marker={
                "size": 9 if n_positions <= 48 else 5,
                "color": chosen[:, row],
                "colorscale": scale("diverging"),
                "cmin": limits.low,
                "cmax": limits.high,
                "line": {"color": colour("residual"), "width": 1},
            },
            hovertemplate=f"position %{{text}}<br>dimension {dimension} = %{{customdata:.4f}}<extra></extra>",
        )
    figure.update_yaxes(
        tickvals=-np.arange(len(dimensions)),
        ticktext=[_label(dimension, wavelengths) for dimension in dimensions],
        range=[0.5 - len(dimensions), 0.5],
        ticks="",
    )
    figure.update_xaxes(title_text="position", range=[-0.6, n_positions - 0.4], tickformat="d")
    if n_positions > len(tokens):
        figure.add_vline(x=len(tokens) - 0.5, line_width=1, line_dash="dot", line_color=colour("emphasis"))
    return styled(figure, 60 + ROW_PIXELS * len(dimensions))


def _label(dimension: int, wavelengths: np.ndarray | None) -> str:
    """Return the dimension's number, with the length of its wave where it has one."""
    if wavelengths is None:
        return f"dimension {dimension}"
    return f"dimension {dimension}<br>λ = {number(float(wavelengths[dimension // 2]))} tokens"
