"""Carries the settings from page to page, also for a visitor who turns the page before her controls are drawn.

On a change of page the browser keeps only those URL parameters whose controls it has drawn already. Over a slow
connection that takes seconds; whoever opens a link and clicks on a page in the meantime would lose what the link said.
"""

import streamlit as st
from streamlit.errors import StreamlitAPIException

from pages.frame.settings import DEFAULTS, NAMES, nearest, nearest_weights


def carry_settings(page: str) -> None:
    """Give the controls their values back if they were lost on the way to this page."""
    came_from = st.session_state.get("page")
    st.session_state["page"] = page
    if came_from is None:
        st.session_state["carried"] = _settings_in_address()
        return
    carried = {name: str(value) for name, value in st.session_state["carried"].items()}
    if came_from == page or all(st.query_params.get(name) == value for name, value in carried.items()):
        return
    try:
        st.query_params.update(carried)
    except StreamlitAPIException:  # the parameters belong to controls by now, which write them into the address
        for name in NAMES:
            st.session_state[name] = st.session_state["carried"].get(name, getattr(DEFAULTS, name))
    else:
        st.rerun()  # the controls read the address as it was when the run began


def remember_settings() -> None:
    """Note what the controls say, when all of them stand on the page."""
    chosen = {name: st.session_state.get(name, getattr(DEFAULTS, name)) for name in NAMES}
    st.session_state["carried"] = {name: value for name, value in chosen.items() if value != getattr(DEFAULTS, name)}


def _settings_in_address() -> dict[str, object]:
    weights = nearest_weights(st.query_params.get("weights", DEFAULTS.weights))
    given = {name: st.query_params[name] for name in NAMES if name in st.query_params}
    typed = {"sentence": given.get("sentence"), "weights": weights}
    return {name: typed[name] if name in typed else nearest(name, value, weights) for name, value in given.items()}
