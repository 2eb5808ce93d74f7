"""Draws a page's views, and draws them again when a size is moved, without the menu, the sentence and the title.

Streamlit runs the whole script at every change, and the browser then draws every element anew. So what a page makes of
the forward pass stands in one fragment with the controls that are moved most: such a move runs the fragment alone.
"""

import contextlib
import contextvars
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.frame.page_change import remember_settings
from pages.frame.sidebar import size_controls
from pages.frame.turn import turn

Draw = Callable[[], None]


@dataclass
class Page:
    """What a page has handed over: to be drawn again with every move of a size, and below that, to be drawn once."""

    again: list[Draw] = field(default_factory=list)
    once: list[Draw] = field(default_factory=list)
    is_drawn: bool = False

    def draw(self, place_of_sizes: DeltaGenerator) -> None:
        """Draw the page below its title, and the controls of the sizes at their place in the sidebar."""
        _draw_with_sizes(self, place_of_sizes)
        self.is_drawn = True
        for draw in self.once:
            draw()


# A context variable and not a module list: every session runs in a thread of its own.
_PAGE: contextvars.ContextVar[Page] = contextvars.ContextVar("page")


@contextlib.contextmanager
def collected() -> Iterator[Page]:
    """Collect what the page that runs inside hands over."""
    page = Page()
    token = _PAGE.set(page)
    try:
        yield page
    finally:
        _PAGE.reset(token)


def redrawn(draw: Draw) -> Draw:
    """Hand over what a page draws from the forward pass; the app draws it below the page's title, once and again."""
    _PAGE.get().again.append(draw)
    return draw


def drawn_once(draw: Draw) -> Draw:
    """Hand over what stands below that and is the same for every forward pass."""
    _PAGE.get().once.append(draw)
    return draw


@st.fragment
def _draw_with_sizes(page: Page, place: DeltaGenerator) -> None:
    def sizes() -> None:
        with place:
            size_controls()

    with turn():
        # A moved control has told its value before it is drawn again, so what the visitor waits for comes first.
        if not page.is_drawn:
            sizes()
        try:
            remember_settings()
            for draw in page.again:
                draw()
        finally:
            if page.is_drawn:
                sizes()
