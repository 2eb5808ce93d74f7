"""Every colour of every chart has its name here: one colour for one meaning, in light and in dark.

Query is blue, key orange, value green, attention purple, and the residual stream grey, on every page. Signed numbers
run from blue through a neutral middle to orange, which every kind of colour vision can tell apart; sizes run from the
page's own background to strong grey. A rainbow has no order that the eye can read, so a rainbow is refused.

The hex values stand in `.streamlit/config.toml`, in the order of `MEANINGS`, because the browser knows better than the
server whether the page is light or dark: Streamlit's Plotly template holds a placeholder for each of the theme's
colours, and the browser puts the colour of the moment in its place. Figures therefore name placeholders.
"""

import plotly.graph_objects as go
import plotly.io
import streamlit  # noqa: F401 (it registers the template that holds the placeholders)

MEANINGS = ("query", "key", "value", "attention", "residual", "emphasis", "quiet", "guide", "negative", "positive")

_LAYOUT = plotly.io.templates["streamlit"].layout
_STOPS = (0.0, 0.125, 0.25, 0.375, 0.5, 0.5, 0.625, 0.75, 0.875, 1.0)  # the two neutral colours meet at zero

SCALES: dict[str, tuple[tuple[float, str], ...]] = {
    "diverging": tuple(zip(_STOPS, (colour for _, colour in _LAYOUT.colorscale.diverging), strict=True)),
    "sequential": tuple(_LAYOUT.colorscale.sequential),
}


def colour(meaning: str) -> str:
    """The placeholder that the browser replaces with this meaning's colour in the theme of the moment.

    Raises:
        ValueError: if no colour of the house has this meaning.
    """
    return _LAYOUT.colorway[_slot(meaning)]


def scale(name: str) -> tuple[tuple[float, str], ...]:
    """The colour scale of this name: "diverging" about zero, or "sequential" from nothing to much.

    Raises:
        ValueError: for any other scale, a rainbow above all.
    """
    if name not in SCALES:
        raise ValueError(
            f"The colour scale {name!r} is not one of this house's; allowed are 'diverging' for signed numbers and "
            "'sequential' for sizes. Rainbow scales have no order that the eye can read: choose one of the two."
        )
    return SCALES[name]


def styled(figure: go.Figure, height: int) -> go.Figure:
    """Gives a figure the house's layout: transparent, still under a finger that scrolls, with room for its labels."""
    figure.update_layout(
        height=height,
        margin={"l": 4, "r": 12, "t": 8, "b": 4, "pad": 0},
        font={"size": 14, "color": colour("emphasis")},
        plot_bgcolor="rgba(0,0,0,0)",
        dragmode=False,
        hovermode="closest",
        showlegend=False,
    )
    axis = {
        "fixedrange": True,
        "automargin": True,
        "zeroline": False,
        "showgrid": False,
        "linecolor": colour("guide"),
        "gridcolor": colour("guide"),
        "tickcolor": colour("guide"),
        "tickfont.color": colour("emphasis"),
        "title.font.color": colour("emphasis"),
        "title.standoff": 10,
    }
    figure.update_xaxes(**axis)
    figure.update_yaxes(**axis)
    return figure


def with_legend(figure: go.Figure) -> go.Figure:
    """Names a figure's lines and marks in one row above it, where they take no width from a phone."""
    return figure.update_layout(
        showlegend=True, legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "title": None}
    )


def _slot(meaning: str) -> int:
    if meaning not in MEANINGS:
        raise ValueError(f"No colour stands for {meaning!r}; choose one of these meanings: {', '.join(MEANINGS)}.")
    return MEANINGS.index(meaning)
