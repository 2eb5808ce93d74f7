"""Attention: which token looks at which, in every layer and head, and how does each weight come about?"""

import streamlit as st

from pages.frame.forward_pass import current_pass
from pages.frame.guard import guard
from pages.views.attention import attention_view

guard()

st.title("Which token looks at which?", anchor=False)
st.write(
    "In every head, each token shares out one unit of attention among all tokens. "
    "Choose a head, then a cell: its whole arithmetic stands beside it."
)

shown = current_pass()

attention_view(
    shown.encoding.pieces,
    query=shown.of_every_layer("attention.query"),
    key=shown.of_every_layer("attention.key"),
    value=shown.of_every_layer("attention.value"),
    dot_products=shown.of_every_layer("attention.dot_products"),
    weights=shown.of_every_layer("attention.weights"),
)
