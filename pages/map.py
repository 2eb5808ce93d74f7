"""Map: where did this number come from, and where does it go?"""

from functools import partial

import streamlit as st

from pages.frame.downloads import offer_view
from pages.frame.forward_pass import current_pass
from pages.frame.guard import guard
from pages.frame.lesson import draw_lesson
from pages.frame.map_choice import map_choice
from pages.frame.map_contents import map_contents
from pages.frame.map_lesson import MAP_LESSON
from pages.frame.redraw import drawn_once, redrawn
from pages.views.encoder_map import asked_of_map, encoder_map, encoder_map_file, encoder_map_payload
from pages.views.saving import tell_when_saved

guard()

st.title("Where does this number come from?", anchor=False)
st.write(MAP_LESSON.opening)


@redrawn
def view() -> None:
    """Draw the map, with the layer, head and cell that were chosen on it."""
    shown = current_pass()
    asked = asked_of_map()
    if asked is None:
        encoder_map(b"")
        return
    opened = map_choice(shown.trace, asked)
    encoder_map(encoder_map_payload(shown.encoding.pieces, **map_contents(opened, shown)))
    offer_view("Map", shown, encoder_map_file, partial(map_contents, opened))
    tell_when_saved("map.html", "lastAsked")


@drawn_once
def lesson() -> None:
    """Say what to notice, and when this is not true."""
    draw_lesson(MAP_LESSON)
