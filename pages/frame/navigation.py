"""The list of pages, in the order of the menu; a new page is one more line here."""

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

APP = "Inside an encoder"
ICON = Path(__file__).parents[2] / "assets" / "icon.svg"


def pages() -> list[StreamlitPage]:
    """Return the pages of the app."""
    return [
        st.Page("pages/live.py", title="Live", icon=":material/bolt:", default=True, url_path="start"),
        # The first page answers at the root of the address only. Listed once more, /live is found, too.
        st.Page("pages/live.py", title="Live", url_path="live", visibility="hidden"),
        st.Page("pages/attention.py", title="Attention", icon=":material/hub:"),
        st.Page("pages/map.py", title="Map", icon=":material/account_tree:"),
        st.Page("pages/tokens.py", title="Tokens", icon=":material/text_fields:"),
        st.Page("pages/position.py", title="Position", icon=":material/waves:"),
        st.Page("pages/residual.py", title="Residual stream", icon=":material/stacked_line_chart:"),
        st.Page("pages/feed_forward.py", title="Feed-forward", icon=":material/bar_chart:"),
        st.Page("pages/predict.py", title="Predict", icon=":material/visibility_off:"),
        st.Page("pages/knock_out.py", title="Knock out", icon=":material/content_cut:"),
        st.Page("pages/tensors.py", title="Tensors", icon=":material/dataset:"),
        st.Page("pages/from_scratch.py", title="From scratch", icon=":material/code:"),
    ]


def navigation() -> StreamlitPage:
    """Tell Streamlit which pages there are, and return the one that was asked for."""
    # The tab's icon comes first; without one, the browser would fetch the page's icon from a font server elsewhere.
    st.set_page_config(APP, ICON, layout="wide")
    page = st.navigation(pages(), position="hidden")
    st.set_page_config(f"{page.title} · {APP}")
    return page


def menu() -> None:
    """Draw a link to every page in the sidebar.

    Streamlit's own menu would be drawn again several times with every move of a control: two fifths of all that the
    browser draws again.
    """
    with st.sidebar.container(gap="xxsmall", key="menu"):
        for page in pages():
            if page.visibility == "visible":
                st.page_link(page)
