"""The words of a sentence in another order, and how much the encoder minds."""

import random
from dataclasses import dataclass

import streamlit as st
import torch

from encoder.analysis import permutation_gap, positions_off
from pages.frame.forward_pass import encoder_config, passes
from pages.frame.settings import Settings


@dataclass(frozen=True)
class ShuffleGaps:
    """max|P·f(X) − f(P·X)| of one sentence and one order: as the encoder is, and with its positions switched off.

    `as_it_is` is None if the encoder has no positions to begin with; then the two would be the same.
    """

    as_it_is: float | None
    positions_off: float


def shuffled_places(n_tokens: int, seed: int) -> tuple[int, ...]:
    """Return, for each place, which token comes to stand there; [CLS] and [SEP] stay, and something always moves.

    With fewer than two words there is no other order, and every token stays.

    >>> shuffled_places(6, seed=0)
    (0, 3, 1, 2, 4, 5)
    >>> shuffled_places(3, seed=0)
    (0, 1, 2)
    """
    places = list(range(1, n_tokens - 1))
    words = places.copy()
    chance = random.Random(seed)
    while len(words) > 1 and words == places:
        chance.shuffle(words)
    return (0, *words, n_tokens - 1)


def current_places(n_tokens: int) -> tuple[int, ...]:
    """Return the order that this visitor sees now."""
    return shuffled_places(n_tokens, st.session_state.get("shuffle", 0))


def shuffle_again() -> None:
    """Go on to this visitor's next order."""
    st.session_state["shuffle"] = st.session_state.get("shuffle", 0) + 1


@st.cache_data(max_entries=256, show_spinner=False)
def shuffle_gaps(settings: Settings, token_ids: tuple[int, ...], places: tuple[int, ...]) -> ShuffleGaps:
    """Shuffle the tokens before the encoder, and after it, and return by how much the two differ."""
    config, sentence = encoder_config(settings), torch.tensor([token_ids])
    with passes().in_turn(config):
        encoder = passes().encoder(settings.weights, config)
        without = permutation_gap(encoder, sentence, places, edit=positions_off(encoder, len(token_ids)))
        if settings.positions == "none":
            return ShuffleGaps(None, without)
        return ShuffleGaps(permutation_gap(encoder, sentence, places), without)
