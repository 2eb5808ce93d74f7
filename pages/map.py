"""Map: where did this number come from, and where does it go?"""

import streamlit as st

from pages.frame.cell_story import cell_story
from pages.frame.encoder_boxes import layer_outputs, stages
from pages.frame.forward_pass import current_pass
from pages.frame.guard import guard
from pages.frame.lesson import draw_lesson
from pages.frame.map_choice import map_choice
from pages.frame.map_lesson import MAP_LESSON
from pages.views.encoder_map import asked_of_map, encoder_map

guard()

st.title("Where does this number come from?", anchor=False)
st.write(MAP_LESSON.opening)

shown = current_pass()
trace = shown.trace
opened = map_choice(trace, asked_of_map())

encoder_map(
    shown.encoding.pieces,
    stages(trace, opened.layer, opened.head),
    opened,
    layers=layer_outputs(trace),
    heads=trace[f"layers.{opened.layer}.attention.weights"][0].numpy(),
    story=cell_story(trace, opened.cell) if opened.cell else None,
)

draw_lesson(MAP_LESSON)
