"""What every coloured map shares: one row per token, a thin frame, and a legend above that prints its limits."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from pages.charts.labels import height_of_rows, token_rows
from pages.charts.limits import ColourLimits, diverging_limits, number, sequential_limits
from pages.charts.theme import colour, scale, styled

LEGEND_PIXELS = 62  # above the map, where it takes no width from a phone
NUMBERS_PIXELS = 26  # below it


def token_rows_map(
    values: np.ndarray,
    tokens: Sequence[str],
    *,
    axes: str,
    kind: str,
    hover: str,
    rescale: bool = False,
    limits: ColourLimits | None = None,
) -> go.Figure:
    """Draw a table [token, column] as colours; the caller adds the x axis and names what the columns are.

    Without limits, the colours reach as far as the scale's kind asks for.

    Raises:
        ValueError: if the rows are not the tokens, or if `kind` is no scale of this house.
    """
    check_rows(values, tokens, axes)
    colours = scale(kind)
    limits = limits or (diverging_limits(values) if kind == "diverging" else sequential_limits(values, rescale))
    figure = go.Figure(
        go.Heatmap(
            z=np.asarray(values, np.float32),
            zmin=limits.low,
            zmax=limits.high,
            colorscale=colours,
            colorbar=legend(limits),
            hovertemplate=f"{hover}<extra></extra>",
        )
    )
    styled(figure, height_of_rows(len(tokens), around=LEGEND_PIXELS + 60))
    figure.update_xaxes(showline=True, mirror=True, linewidth=1, range=[-0.5, values.shape[1] - 0.5])
    figure.update_yaxes(showline=True, mirror=True, linewidth=1, linecolor=colour("guide"), **token_rows(tokens))
    return figure.update_layout(margin={"t": LEGEND_PIXELS})


def name_columns(figure: go.Figure, name: str) -> go.Figure:
    """Number the columns of a map, and write below the numbers what is counted.

    Not as the axis's title: beside a colour bar that lies, Plotly writes that over the numbers.
    """
    figure.update_xaxes(tickformat="d")
    figure.add_annotation(
        text=name,
        font={"color": colour("emphasis")},
        showarrow=False,
        x=0.5,
        xref="paper",
        y=0,
        yref="paper",
        yanchor="top",
        yshift=-NUMBERS_PIXELS,
    )
    return figure.update_layout(margin={"b": NUMBERS_PIXELS + 24})


def check_rows(values: np.ndarray, tokens: Sequence[str], axes: str) -> None:
    """Raise ValueError unless the values are a table with one row for each token and at least one column."""
    if values.ndim != 2 or values.shape[0] != len(tokens) or not values.size:
        raise ValueError(
            f"values have the shape {values.shape} for {len(tokens)} tokens; they must be [{axes}], one row per token. "
            "Leave the batch axis out, and take tokens and values from one trace."
        )


def legend(limits: ColourLimits) -> dict[str, object]:
    """Return the settings of a colour bar that lies above its map and prints its limits."""
    return {
        "title": {"text": limits.name, "side": "top", "font": {"color": colour("emphasis"), "size": 13}},
        "orientation": "h",
        "x": 0.0,
        "xanchor": "left",
        "xpad": 0,
        "y": 1.0,
        "yanchor": "bottom",
        "ypad": 4,
        "len": 190,
        "lenmode": "pixels",
        "thickness": 12,
        "tickvals": list(limits.ticks),
        "ticktext": [number(value) for value in limits.ticks],
        "tickfont": {"color": colour("emphasis"), "size": 13},
        "outlinewidth": 0,
    }
