"""Carries the settings from page to page, also for a visitor who turns the page before her controls are drawn.

On a change of page the browser keeps only those URL parameters whose controls it has drawn already. Over a slow
connection that takes seconds; whoever opens a link and clicks on a page in the meantime would lose what the link said.
"""

from typing import Any

import streamlit as st
from streamlit.errors import StreamlitAPIException

from pages.frame.settings import (
    DEFAULTS,
    DEPENDENT_NAMES,
    LINKED,
    NAMES,
    NOTED,
    SIZE_NAMES,
    current_weights,
    default_of,
    has_control,
    nearest,
    nearest_weights,
    said,
)


def carry_settings(page: str) -> None:
    """Give the controls their values back if they were lost on the way to this page."""
    st.session_state["turns_to"] = page
    if LINKED not in st.session_state:
        st.session_state[NOTED] = st.session_state[LINKED] = _settings_in_address()
        return
    carried = st.session_state[NOTED]
    bound = {name: value for name, value in carried.items() if name not in SIZE_NAMES}
    in_address = {name: str(value) for name, value in bound.items() if value != default_of(name, carried["weights"])}
    is_known = all(st.query_params.get(name) == value for name, value in in_address.items())
    if is_known or (st.session_state.get("page") == page and _were_moved(bound)):
        return
    try:
        st.query_params.update(in_address)
    except StreamlitAPIException:  # the parameters belong to controls by now, which write them into the address
        st.session_state.update(bound)
    else:
        st.rerun()  # the controls read the address as it was when the run began


def _were_moved(noted: dict[str, Any]) -> bool:
    """Whether some control says something else than when all of them were noted last."""
    return any(st.session_state.get(name, value) != value for name, value in noted.items())


def remember_settings() -> None:
    """Note what the controls say, when all of them stand on the page; only then the page is turned."""
    st.session_state["page"] = st.session_state["turns_to"]
    weights = current_weights()
    st.session_state[NOTED] = said(name for name in NAMES if has_control(name, weights))


def _settings_in_address() -> dict[str, Any]:
    weights = nearest_weights(st.query_params.get("weights", DEFAULTS.weights))
    given = {name: st.query_params.get(name, getattr(DEFAULTS, name)) for name in NAMES if has_control(name, weights)}
    sizes = {name: nearest(name, value, weights) for name, value in given.items() if name in DEPENDENT_NAMES}
    return {**given, "weights": weights, **sizes}
