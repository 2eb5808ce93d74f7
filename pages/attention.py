"""Attention: which token looks at which, in every layer and head, and how does each weight come about?"""

from functools import partial

import streamlit as st

from pages.frame.attention_lesson import ATTENTION_LESSON
from pages.frame.downloads import offer_view
from pages.frame.examples import draw_hint
from pages.frame.forward_pass import current_pass
from pages.frame.guard import guard
from pages.frame.kept_payloads import kept_payload
from pages.frame.lesson import draw_lesson
from pages.frame.redraw import drawn_once, redrawn
from pages.frame.view_contents import attention_contents
from pages.views.attention import attention_file, attention_payload, attention_view
from pages.views.saving import chosen_when_saved, tell_when_saved

guard()

st.title("Which token looks at which?", anchor=False)
st.write(ATTENTION_LESSON.opening)
draw_hint()


@redrawn
def view() -> None:
    """Draw the attention of every head."""
    shown = current_pass()
    attention_view(kept_payload(shown, attention_payload, attention_contents))
    offer_view("Attention", shown, partial(attention_file, chosen=chosen_when_saved()), attention_contents)
    tell_when_saved("attention.html", "lastChosen")


@drawn_once
def lesson() -> None:
    """Say what to notice, and when this is not true."""
    draw_lesson(ATTENTION_LESSON)
