"""Live: what does an encoder do with my sentence, and what changes when I change the encoder?"""

import streamlit as st

from encoder.analysis import residual_norms
from pages.frame.forward_pass import current_pass
from pages.frame.guard import guard
from pages.frame.redraw import redrawn
from pages.frame.site_names import sites_in_words
from pages.views.attention import attention_view
from pages.views.token_map import position_map, residual_map

guard()

st.title("What does an encoder do with your sentence?", anchor=False)
st.write("Type, or move a control: everything below is computed anew. Every number shown is one that the network used.")


@redrawn
def views() -> None:
    """Draw the attention, and beside it what positions add and how long every vector is."""
    shown = current_pass()
    attention_view(
        shown.encoding.pieces,
        query=shown.of_every_layer("attention.query"),
        key=shown.of_every_layer("attention.key"),
        value=shown.of_every_layer("attention.value"),
        dot_products=shown.of_every_layer("attention.dot_products"),
        weights=shown.of_every_layer("attention.weights"),
    )
    st.page_link(
        "pages/map.py",
        label="Where does each number come from? The map shows every tensor.",
        icon=":material/account_tree:",
    )
    left, right = st.columns(2)
    with left:
        if shown.settings.positions == "none":
            st.write("**What each position adds:** nothing. Positions are off, so the order of the words is lost.")
        else:
            position_map(shown.encoding.pieces, shown.trace["embedding.position"].numpy())
    with right:
        measured = residual_norms(shown.trace)
        residual_map(shown.encoding.pieces, measured.norms[:, 0].T.numpy(), *sites_in_words(measured.sites))
