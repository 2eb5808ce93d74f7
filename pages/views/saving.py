"""What is chosen on a view when somebody saves it: the browser knows it first, and the server has to be told.

The button that saves makes the server draw the page's view once more, if something was chosen since it was told last.
"""

import json
import re

import streamlit as st

from pages.views.view_code import script

KEY = "saving"
KINDS: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("layer", "head", "query", "key", "products", "values"), (int,)),
    "mass": (int, float),
    "rescale": (bool,),
}
LONGEST = 500

_COMPONENT = st.components.v2.component("saving", js=script("saving"))


def chosen_when_saved() -> dict[str, float]:
    """Return all that was chosen on the attention view, by its own names, when the button that saves was pressed."""
    try:
        chosen = json.loads(_told() or "null")
    except ValueError:
        return {}
    given = chosen if isinstance(chosen, dict) else {}
    return {name: given[name] for name, kinds in KINDS.items() if type(given.get(name)) in kinds}


def tell_when_saved(button: str, name: str) -> None:
    """Stand unseen below the button with this key; the view keeps its choice in the browser under this name."""
    place = f".st-key-{re.sub('[^a-zA-Z0-9_-]', '-', button)}"
    _COMPONENT(data={"place": place, "name": name, "chosen": _told()}, key=KEY, on_chosen_change=lambda: None)


def _told() -> str | None:
    told = st.session_state.get(KEY, {}).get("chosen")
    return told if isinstance(told, str) and len(told) <= LONGEST else None
