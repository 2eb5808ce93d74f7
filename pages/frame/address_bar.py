"""The sizes stand in the address bar, as every setting does, but a move does not wait until they are written there."""

from pathlib import Path

import streamlit as st

from pages.frame.settings import SIZE_NAMES, current_weights, default_of

_ASSETS = Path(__file__).parents[2] / "assets"
_SCRIPT = "".join((_ASSETS / name).read_text(encoding="utf-8") for name in ("address.js", "address_bar.js"))
_COMPONENT = st.components.v2.component("address_bar", js=_SCRIPT)


def keep_sizes_in_address() -> None:
    """Stand unseen in the sidebar, and write into the address what the sliders say when they have come to rest.

    Streamlit's own `bind="query-params"` writes the address and draws the whole app anew before it tells the server of
    a move, which costs 8 ms, a tenth of the time until the new numbers are painted.
    """
    weights = current_weights()
    usual = {name: str(default_of(name, weights)) for name in SIZE_NAMES}
    with st.sidebar:
        _COMPONENT(data={"usual": usual}, key="address_bar")
