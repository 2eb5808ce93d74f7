"""Keeps a page from running outside the app.

Streamlit takes a folder named `pages/` for pages that stand alone until some session has called `st.navigation`. So the
first visit to a fresh server, if it comes by a link to one page, runs that page's file without `app.py`. Every
page asks for the frame, which app.py gives, before it draws anything.
"""

import contextlib
import contextvars
from collections.abc import Iterator

import streamlit as st

from pages.frame.navigation import navigation

# A context variable and not a module flag: every session runs in a thread of its own.
_IN_FRAME: contextvars.ContextVar[bool] = contextvars.ContextVar("in_frame", default=False)


@contextlib.contextmanager
def frame() -> Iterator[None]:
    """Mark what runs inside as part of the app, so that its `guard` lets it through."""
    token = _IN_FRAME.set(True)
    try:
        yield
    finally:
        _IN_FRAME.reset(token)


def guard() -> None:
    """Start the app around this page, if the page was started without it."""
    if not _IN_FRAME.get():
        navigation()
        st.rerun()
