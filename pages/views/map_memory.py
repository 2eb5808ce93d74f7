"""What a visitor's map showed last, and whether she has looked at attention since: she may come back to either.

Which weight she looked at is known in her browser alone, as pointing at weights asks the server nothing.
"""

from collections.abc import Mapping

import streamlit as st

PLACE = "place_of_map"
ATTENTION = "attention_after_map"
NAMES = ("layer", "head", "cell")


def attention_is_drawn() -> None:
    """Note that attention is on the screen."""
    st.session_state[ATTENTION] = True


def map_is_drawn(asked: Mapping[str, object]) -> None:
    """Note what is open on the map."""
    st.session_state[PLACE] = {name: asked[name] for name in NAMES if name in asked}
    st.session_state[ATTENTION] = False


def place_of_map() -> Mapping[str, object]:
    """Return what was open on the map, or nothing if it was never drawn."""
    return st.session_state.get(PLACE, {})


def is_attention_newer() -> bool:
    """Whether attention was drawn since the map was."""
    return st.session_state.get(ATTENTION, False)
