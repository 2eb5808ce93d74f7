"""Live: what does an encoder do with my sentence, and what changes when I change the encoder?"""

import streamlit as st

from pages.frame.examples import draw_hint
from pages.frame.forward_pass import current_pass
from pages.frame.guard import guard
from pages.frame.kept_payloads import kept_payload
from pages.frame.lesson import draw_lesson
from pages.frame.live_lesson import LIVE_LESSON
from pages.frame.redraw import drawn_once, redrawn
from pages.frame.view_contents import attention_contents, small_maps_contents
from pages.views.attention import attention_payload
from pages.views.live_view import live_view
from pages.views.token_maps import small_maps_payload

guard()

st.title("What does an encoder do with your sentence?", anchor=False)
st.write(LIVE_LESSON.opening)
st.page_link(
    "pages/map.py",
    label="Where does each number come from?",
    icon=":material/account_tree:",
)
draw_hint()


@redrawn
def views() -> None:
    """Draw the attention, and beside it what positions add and how long every vector is."""
    shown = current_pass()
    live_view(
        kept_payload(shown, attention_payload, attention_contents),
        kept_payload(shown, small_maps_payload, small_maps_contents),
    )
    if shown.settings.positions == "none":
        st.write("**What each position adds:** nothing. Positions are off, so the order of the words is lost.")


@drawn_once
def lesson() -> None:
    """Say what to notice, and when this is not true."""
    draw_lesson(LIVE_LESSON)
