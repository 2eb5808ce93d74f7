"""Every setting stands in the address bar, and no move waits until it is written there."""

from pathlib import Path

import streamlit as st

from pages.frame.settings import NAMES, current_weights, default_of

_ASSETS = Path(__file__).parents[2] / "assets"
_SCRIPT = "".join((_ASSETS / name).read_text(encoding="utf-8") for name in ("address.js", "menu.js", "address_bar.js"))
_COMPONENT = st.components.v2.component("address_bar", js=_SCRIPT)


def keep_settings_in_address(page: str) -> None:
    """Stand unseen in the sidebar, and write into the address what the controls say when they have come to rest.

    It marks the link to this page in the menu, too, which is one component less in a browser than two would be.

    The sizes have nothing else that writes them: Streamlit's own `bind="query-params"` writes the address and draws the
    whole app anew before it tells the server of a move, which costs 8 ms, a tenth of the time until the new numbers are
    painted. The other settings are bound so; but where Streamlit writes what the app has set, it writes the others as
    they were before the last move.
    """
    weights = current_weights()
    usual = {name: str(default_of(name, weights)) for name in NAMES}
    with st.sidebar:
        _COMPONENT(data={"usual": usual, "page": page}, key="address_bar")
