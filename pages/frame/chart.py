"""Draws a Plotly figure on a page, in the colours of the theme that the visitor sees."""

import plotly.graph_objects as go
import streamlit as st

QUIET = {"displayModeBar": False, "scrollZoom": False}


def draw_chart(figure: go.Figure, alt: str, key: str) -> None:
    """Draw the figure with its finding as alternative text.

    A chart begins anew under each theme, since Streamlit fills in the theme's colours only when a chart begins.
    """
    st.plotly_chart(figure, config=QUIET, alt=alt, key=f"{st.context.theme.type}-{key}")
