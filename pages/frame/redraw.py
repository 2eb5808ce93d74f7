"""Draws a page's views, and draws them again when a size is moved, without the menu, the sentence and the title.

Streamlit runs the whole script at every change, and the browser then draws every element anew. So what a page makes of
the forward pass stands in one fragment with the controls that are moved most: such a move runs the fragment alone.
"""

import contextlib
import contextvars
from collections.abc import Callable, Iterator

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.frame.page_change import remember_settings
from pages.frame.sidebar import size_controls

Views = Callable[[], None]

# A context variable and not a module list: every session runs in a thread of its own.
_GIVEN: contextvars.ContextVar[list[Views]] = contextvars.ContextVar("views_of_the_page")


@contextlib.contextmanager
def page_views() -> Iterator[list[Views]]:
    """Collect what the page that runs inside hands to `redrawn`."""
    given: list[Views] = []
    token = _GIVEN.set(given)
    try:
        yield given
    finally:
        _GIVEN.reset(token)


def redrawn(views: Views) -> Views:
    """Hand over what a page draws from the forward pass; the app draws it below the page's title, once and again."""
    _GIVEN.get().append(views)
    return views


@st.fragment
def draw_with_sizes(place: DeltaGenerator, given: list[Views]) -> None:
    """Draw the controls of the sizes at their place in the sidebar, and then the page's views."""
    with place:
        size_controls()
    remember_settings()
    for views in given:
        views()
