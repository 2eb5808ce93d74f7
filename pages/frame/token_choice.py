"""The choice of one token of a sentence, by its place and its text."""

from collections.abc import Sequence

import streamlit as st


def choose_token(label: str, tokens: Sequence[str], first: int = 1, key: str | None = None) -> int:
    """Draw a box with every token, of which `first` is chosen until the visitor chooses, and return the place."""
    return st.selectbox(label, range(len(tokens)), first, format_func=lambda place: token_name(place, tokens), key=key)


def token_name(place: int, tokens: Sequence[str]) -> str:
    """Return a token's place and text; a place behind the sentence is named by its number alone.

    >>> token_name(1, ["[CLS]", "dogs"]), token_name(7, ["[CLS]", "dogs"])
    ('1 · dogs', 'token 7')
    """
    return f"{place} · {tokens[place]}" if place < len(tokens) else f"token {place}"
