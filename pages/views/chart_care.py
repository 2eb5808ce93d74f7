"""What a page with Plotly charts needs in the browser: colours that follow the theme, keys that read the numbers."""

import streamlit as st

from pages.views.view_code import ASSETS

_PARTS = ("chart_theme", "chart_keys", "charts")
_SCRIPT = "".join((ASSETS / f"{name}.js").read_text(encoding="utf-8") for name in _PARTS)
_COMPONENT = st.components.v2.component("charts", js=_SCRIPT)


def look_after_charts() -> None:
    """Stand unseen on a page with Plotly charts, which alone would keep the colours of the theme before."""
    _COMPONENT(key="charts", on_background_change=lambda: None)
