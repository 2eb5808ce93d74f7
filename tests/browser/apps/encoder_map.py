"""The Map page's view alone, with an encoder whose sizes are distinct primes."""

import streamlit as st

from pages.frame.cell_story import cell_story
from pages.frame.encoder_boxes import layer_outputs, stages
from pages.frame.map_choice import map_choice
from pages.views.encoder_map import asked_of_map, encoder_map, encoder_map_payload
from tests.browser.apps.small_traces import EXAMPLES

st.set_page_config(page_title="Encoder map", layout="wide")
st.title("Encoder map")
shown = EXAMPLES[st.radio("Example", list(EXAMPLES), horizontal=True, key="example", bind="query-params")]
trace = shown.trace()
opened = map_choice(trace, asked_of_map() or {})
payload = encoder_map_payload(
    shown.tokens,
    stages=stages(trace, opened.layer, opened.head),
    opened=opened,
    layers=layer_outputs(trace),
    heads=trace[f"layers.{opened.layer}.attention.weights"][0].numpy(),
    story=cell_story(trace, opened.cell) if opened.cell else None,
    vocabulary=[f"<b>{index}" for index in range(trace.config.vocab_size)],
)
encoder_map(payload)
