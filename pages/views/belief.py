"""What an encoder expects at one place: its likeliest words, how the true one fares, and how undecided it is."""

import streamlit as st

from pages.views.word_tables import Words, percent, word_table


def belief_view(when: str, words: Words, entropy: str, true_word: tuple[str, int, float] | None) -> None:
    """Draw one belief under its name, such as "Before"; of the true word, if it is known: text, rank, probability."""
    word_table(words, true_word and true_word[0], f"{when}: the likeliest words")
    if true_word is not None:
        _, rank, probability = true_word
        st.write(f"The true word: **{percent(probability)}**, rank **{rank:,}**.")
    st.caption(f"Entropy: {entropy} nats.")
