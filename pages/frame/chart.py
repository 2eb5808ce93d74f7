"""Draws a Plotly figure on a page, in the colours of the theme that the visitor sees, and lets it be saved."""

from typing import Any

import plotly.graph_objects as go
import streamlit as st

FORMATS = ("PNG", "SVG")
SIZE_ON_SCREEN = {"width": None, "height": None}


def draw_chart(figure: go.Figure, alt: str, key: str) -> None:
    """Draw the figure with its finding as alternative text, and in its corner a camera that saves it as it stands.

    A chart begins anew under each theme, since Streamlit fills in the theme's colours only when a chart begins.
    """
    st.plotly_chart(figure, alt=alt, **_look(figure, key))


def choose_cell(figure: go.Figure, alt: str, key: str) -> tuple[int, int] | None:
    """Draw a `choosable` figure like any chart, and return the row and column of the chosen cell, if any is."""
    (cells,) = figure.select_traces({"type": "heatmap"})
    chosen = st.plotly_chart(figure, alt=alt, on_select="rerun", selection_mode="points", **_look(figure, key))
    places = [(point["y"], point["x"]) for point in chosen.selection.points]
    # A choice outlives a change of shape.
    return next(((y, x) for y, x in places if y < cells.z.shape[0] and x < cells.z.shape[1]), None)


def _look(figure: go.Figure, key: str) -> dict[str, Any]:
    theme = st.context.theme.type or "light"  # a browser that has just come has not said yet
    figure.update_layout(
        paper_bgcolor=st.get_option(f"theme.{theme}.backgroundColor"),  # what is saved keeps its background
        modebar={"color": st.get_option(f"theme.{theme}.textColor"), "bgcolor": "rgba(0,0,0,0)"},
    )
    saving = {"format": _chosen_format().lower(), "filename": key, "scale": 2, **SIZE_ON_SCREEN}
    config = {"modeBarButtons": [["toImage"]], "toImageButtonOptions": saving, "scrollZoom": False}
    config["doubleClickDelay"] = 1  # ms: who chooses two cells one after the other has not clicked twice
    return {"config": config, "key": f"{theme}-{key}"}


def choose_format() -> None:
    """Draw the choice of the format in which a page's charts are saved: Plotly's own button knows one at a time."""
    st.segmented_control(
        "The camera in the corner of each chart saves it as",
        FORMATS,
        default=FORMATS[0],
        required=True,
        key="chart_format",
        persist_state="session",
        help="With a chart's camera in focus, the arrow keys walk through its numbers, and Enter chooses one.",
    )


def _chosen_format() -> str:
    return str(st.session_state.get("chart_format", FORMATS[0]))
