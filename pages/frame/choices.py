"""The choices of what a page shows; each stays for other sizes, sentences and pages, and most stand in the link."""

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from pages.frame.kept_choice import Option, keep_choice

Bind = Literal["query-params"] | None


def choose_layer(n_layers: int) -> int:
    """Draw the choice of the layer that the page looks into."""
    layers = range(n_layers)
    layer = keep_choice("in_layer", layers, 0)
    st.segmented_control("Layer", layers, default=0, key="in_layer", required=True, bind="query-params")
    return layer


def choose_one(label: str, options: Sequence[str], key: str) -> str:
    """Draw the choice of one of a few options side by side, at first the first."""
    chosen = keep_choice(key, options, options[0])
    st.segmented_control(label, options, default=options[0], key=key, required=True, bind="query-params")
    return chosen


def choose_listed(
    label: str, options: Sequence[Option], key: str, first: Option, bind: Bind = "query-params"
) -> Option:
    """Draw the choice of one of many options, as a list that opens; without `first` among them, at first the first.

    With `bind=None` it is not in the link.
    """
    place_of_first = options.index(first) if first in options else 0
    chosen = keep_choice(key, options, options[place_of_first], is_linked=bind is not None)
    st.selectbox(label, options, place_of_first, key=key, bind=bind)
    return chosen


def choose_place(axis: str, labels: Sequence[str]) -> int:
    """Draw the choice of one place on an axis of a tensor, at first the first; it is not in the link.

    Where there is one place only, there is nothing to draw.
    """
    if len(labels) == 1:
        return 0
    key, places = f"at_{axis}", range(len(labels))
    place = keep_choice(key, places, 0, is_linked=False)
    st.selectbox(axis, places, format_func=labels.__getitem__, key=key)
    return place


def choose_several(label: str, options: Sequence[int], first: Sequence[int], key: str) -> list[int]:
    """Draw the choice of any number of options; it stays for other sentences and pages, and is not in the link.

    They are in order, whichever was chosen first.
    """
    return sorted(st.pills(label, options, selection_mode="multi", default=first, key=key, persist_state="session"))
