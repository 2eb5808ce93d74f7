"""A choice that stays while what it is made among changes: other sizes, another sentence, another page."""

from collections.abc import Sequence
from typing import TypeVar

import streamlit as st

from pages.frame.known_address import renew_known_address

Option = TypeVar("Option", int, str)

SEPARATOR = " · "
"""Between a place and the word that stands there."""


def keep_choice(key: str, options: Sequence[Option], first: Option, is_linked: bool = True) -> Option:
    """Let the control of this key say what the visitor chose last, or `first` where that is not among the options.

    Call it right before the control is drawn, in every run: what a run says that is broken off, as runs are while
    somebody types, no browser may ever hear. What was chosen comes back as soon as it is possible again.
    Without `is_linked` the link is not read: nothing would renew there what a link said.
    """
    renew_known_address()  # a fragment runs without the app
    state = st.session_state
    if _chosen(key) not in state:
        state[_chosen(key)] = _linked(key) if is_linked else None
    said, drawn = state.get(key), state.get(_drawn(key))
    if drawn is not None and said != drawn and said in options:
        state[_chosen(key)] = said
    state[key] = state[_drawn(key)] = now = kept_choice(key, options, first)
    return now


def kept_choice(key: str, options: Sequence[Option], first: Option) -> Option:
    """Return what the visitor chose last, if it is among the options, else `first`."""
    chosen = st.session_state.get(_chosen(key))
    return next((option for option in options if option == chosen), first)


def forget_choice(key: str) -> None:
    """Let the control say what it says first, until the visitor chooses again."""
    st.session_state[_chosen(key)] = None


def place_in(label: str) -> int | None:
    """Return the place that a label names, whatever word stands there.

    >>> place_in("2 · cats"), place_in("2"), place_in("cats")
    (2, 2, None)
    """
    place = label.partition(SEPARATOR)[0][:4]
    return int(place) if place.isdecimal() and place.isascii() else None


def _linked(key: str) -> int | str | None:
    text = st.query_params.get(key)
    place = place_in(text) if text else None
    return text if place is None else place


def _chosen(key: str) -> str:
    return f"{key}_chosen"


def _drawn(key: str) -> str:
    return f"{key}_drawn"
