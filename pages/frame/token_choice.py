"""The choice of one token of a sentence, by its place and its text."""

from collections.abc import Sequence

import streamlit as st

from pages.frame.choices import Bind
from pages.frame.kept_choice import SEPARATOR, keep_choice, place_in


def choose_token(label: str, tokens: Sequence[str], key: str, first: int = 1, bind: Bind = None) -> int:
    """Draw a box with every token, of which `first` is chosen until the visitor chooses, and return the place.

    The choice stays for other sentences and on other pages; with `bind="query-params"` the link carries it, too.
    """
    places = range(len(tokens))
    place = keep_choice(key, places, first, is_linked=bind is not None)
    st.selectbox(label, places, first, format_func=lambda place: token_name(place, tokens), key=key, bind=bind)
    return place


def relabelled(label: str, tokens: Sequence[str]) -> str:
    """Return the label which the place that a label names has in this sentence, or the same label if it has none.

    >>> relabelled("1 · cats", ["[CLS]", "dogs"]), relabelled("9 · cats", ["[CLS]", "dogs"])
    ('1 · dogs', '9 · cats')
    """
    place = place_in(label)
    return label if place is None or place >= len(tokens) else token_name(place, tokens)


def token_name(place: int, tokens: Sequence[str]) -> str:
    """Return a token's place and text; a place behind the sentence is named by its number alone.

    >>> token_name(1, ["[CLS]", "dogs"]), token_name(7, ["[CLS]", "dogs"])
    ('1 · dogs', 'token 7')
    """
    return f"{place}{SEPARATOR}{tokens[place]}" if place < len(tokens) else f"token {place}"
