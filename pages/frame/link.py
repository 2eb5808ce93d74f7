"""Reads a link that somebody sent: whatever its parameters say, the page opens with the nearest valid settings."""

import re

import streamlit as st

from encoder.tokenizer import Encoding
from pages.frame import hidden_place, token_choice
from pages.frame.forward_pass import encoded
from pages.frame.notices import add_notice
from pages.frame.settings import DEFAULTS, NAMES, nearest, nearest_weights
from pages.frame.weights_source import SOURCES


def repair_link() -> None:
    """Replace each impossible URL parameter by the nearest possible value, once, before the widgets read them.

    The widgets alone would fall back to their defaults and say nothing. Of a repeated parameter the last value counts.
    """
    if st.session_state.get("link_is_read"):
        return  # from here on the parameters belong to the widgets
    st.session_state["link_is_read"] = True
    given = {name: st.query_params.get_all(name) for name in NAMES if name in st.query_params}
    weights = nearest_weights(st.query_params.get("weights", DEFAULTS.weights))
    repaired = {}
    for name, values in given.items():
        value = _nearest(name, values[-1], weights)
        if value != values[-1] and name != "sentence":
            add_notice(f"`{name}` in this link is not one of {_possible(name, weights)}; {value} is used instead.")
        if len(values) > 1:
            add_notice(f"`{name}` stands {len(values)} times in this link; the last one counts.")
        if [value] != values:
            repaired[name] = value
    for name in {"edits", "other"} & st.query_params.keys():
        if (line := one_line(st.query_params[name])) != st.query_params[name]:
            repaired[name] = line
    repaired |= _labels_of_now(encoded(one_line(st.query_params.get("sentence", DEFAULTS.sentence))))
    if repaired:
        st.query_params.update(repaired)
        st.rerun()  # the widgets read the address as it was when the run began


def _labels_of_now(encoding: Encoding) -> dict[str, str]:
    """Return what names a token by a word that no longer stands there, with the word that does."""
    labels = {"mask": hidden_place.relabelled(st.query_params.get("mask", ""), encoding)}
    labels |= {
        name: token_choice.relabelled(st.query_params.get(name, ""), encoding.pieces) for name in ("token", "follow")
    }
    return {name: label for name, label in labels.items() if label != st.query_params.get(name, "")}


def one_line(text: str) -> str:
    r"""Return the text without line breaks, which a browser's field would drop and the encoder would read as blanks.

    >>> one_line("two\r\ndogs")
    'two dogs'
    """
    return re.sub(r"[\r\n]+", " ", text)


def _nearest(name: str, value: str, weights: str) -> str:
    if name == "sentence":
        return one_line(value)
    return weights if name == "weights" else str(nearest(name, value, weights))


def _possible(name: str, weights: str) -> str:
    source = SOURCES[weights]
    if name in source.numbers:
        numbers = source.numbers[name]
        return f"{numbers[0]} to {numbers[-1]}" + (f" in steps of {numbers.step}" if numbers.step > 1 else "")
    return ", ".join(SOURCES if name == "weights" else source.words[name])
