"""Notices in the browser that the visitor switched between light and dark, and asks for a new run of the page."""

import streamlit as st

from pages.views.view_code import ASSETS

_COMPONENT = st.components.v2.component("theme_change", js=(ASSETS / "theme_change.js").read_text(encoding="utf-8"))


def rerun_on_theme_change() -> None:
    """Stand unseen on a page with Plotly charts, which otherwise would keep the colours of the theme before."""
    _COMPONENT(key="theme_change", on_background_change=lambda: None)
