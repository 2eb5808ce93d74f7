"""The sentence field at the top of every page, and what the tokenizer made of it."""

import streamlit as st

from encoder.tokenizer import MAX_CHARACTERS, MAX_LENGTH, Encoding
from pages.frame.examples import EXAMPLES
from pages.frame.forward_pass import encoded
from pages.frame.hidden_place import forget_hidden
from pages.frame.settings import DEFAULTS, current_settings
from pages.frame.token_pieces import summary, token_pieces
from pages.frame.weights_source import SOURCES


def sentence_bar() -> None:
    """Draw the sentence field, the examples, the badge of the weights and the tokens."""
    st.text_input(
        "Sentence",
        DEFAULTS.sentence,
        key="sentence",
        bind="query-params",
        live="200ms",
        placeholder="Type a sentence",
        autocomplete="off",
    )
    settings = current_settings()
    labels = {example.sentence: label for label, example in EXAMPLES.items()}
    st.session_state["example"] = labels.get(settings.sentence)
    st.pills(
        "Example sentences",
        tuple(EXAMPLES),
        key="example",
        on_change=_use_example,
        label_visibility="collapsed",
    )
    encoding = encoded(settings.sentence)
    source = SOURCES[settings.weights]
    told = source.caption if encoding.is_empty else f"{source.caption} · {summary(encoding)}"
    st.markdown(f":orange-badge[{source.badge}] :small[:gray[{told}]]")
    if not encoding.is_empty:
        # A label that never changes: with another one, Streamlit would fold the expander while somebody types.
        # Its content, and what a browser needs to draw it, are sent only once it is open.
        tokens = st.expander("What the tokenizer did", type="compact", key="tokens", on_change="rerun")
        if tokens.open:
            with tokens:
                token_pieces(encoding, settings.sentence)
    _say_what_was_cut(encoding)


def _use_example() -> None:
    label = st.session_state["example"]
    if label is not None:
        st.session_state["sentence"] = EXAMPLES[label].sentence
        forget_hidden()


def _say_what_was_cut(encoding: Encoding) -> None:
    if not encoding.cut:
        return
    st.warning(
        f"The encoder reads at most {MAX_LENGTH} tokens and {MAX_CHARACTERS:,} characters. "
        f"These {len(encoding.cut):,} characters at the end were left out:",
        icon=":material/content_cut:",
    )
    st.code(encoding.cut, language=None, wrap_lines=True, height=100)
