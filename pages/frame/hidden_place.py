"""Which token is hidden: the choice on the page, its way to other sentences and pages, and its name in the link."""

import re

import streamlit as st

from encoder.tokenizer import Encoding, Tokenizer
from pages.frame.kept_choice import SEPARATOR, forget_choice, keep_choice, kept_choice, place_in

KEY = "mask"
TYPED = "typed_masks"
"""Where a session keeps the places of every [MASK] that was typed."""


def places_to_hide(encoding: Encoding) -> tuple[int, ...]:
    """Return every place but those of [CLS] and [SEP], which no encoder was ever asked about."""
    return tuple(range(1, len(encoding.ids) - 1))


def place_hidden_first(encoding: Encoding) -> int:
    """Return the place that is hidden until the visitor chooses: the first typed [MASK], else the middle token.

    >>> [place_hidden_first(Tokenizer.load().encode(text)) for text in ("a red ball", "a [MASK] ball", "ball")]
    [2, 2, 1]
    """
    if Tokenizer.mask_id in encoding.ids:
        return encoding.ids.index(Tokenizer.mask_id)
    return max(1, (len(encoding.ids) - 1) // 2)


def label_of(encoding: Encoding, place: int) -> str:
    r"""Return a token's place and text as a label, in which a sign of punctuation is not read as Markdown.

    >>> encoding = Tokenizer.load().encode("* [MASK]")
    >>> print(label_of(encoding, 1), label_of(encoding, 2))
    1 · \* 2 · [MASK]
    """
    return f"{place}{SEPARATOR}" + re.sub(r"^([!-/:-@\[-`{-~])$", r"\\\1", encoding.pieces[place])


def relabelled(label: str, encoding: Encoding) -> str:
    """Return the label which the place that a label names has in this sentence, or the same label if it has none.

    >>> encoding = Tokenizer.load().encode("two dogs run")
    >>> relabelled("2 · cats", encoding), relabelled("9 · cats", encoding)
    ('2 · dogs', '9 · cats')
    """
    place = place_in(label)
    return label_of(encoding, place) if place in places_to_hide(encoding) else label


def choose_hidden(encoding: Encoding) -> int:
    """Draw the choice of the token to hide, which the link carries, and return its place.

    A [MASK] that is typed asks for its own place, whatever was chosen before.
    """
    typed = tuple(place for place, word in enumerate(encoding.ids) if word == Tokenizer.mask_id)
    if typed and st.session_state.get(TYPED, typed) != typed:
        forget_hidden()
    st.session_state[TYPED] = typed
    place = keep_choice(KEY, places_to_hide(encoding), place_hidden_first(encoding))
    st.pills(
        "Hide a token",
        places_to_hide(encoding),
        format_func=lambda place: label_of(encoding, place),
        key=KEY,
        bind="query-params",
        required=True,
    )
    return place


def chosen_place(encoding: Encoding) -> int:
    """Return the place of the token that is hidden now: the one that was chosen, if this sentence has it."""
    return kept_choice(KEY, places_to_hide(encoding), place_hidden_first(encoding))


def forget_hidden() -> None:
    """Let the next sentence hide what it hides first."""
    forget_choice(KEY)
