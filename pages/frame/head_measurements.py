"""How what a head is worth is measured in the background: silence each in turn, over one sentence or over many."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

import torch

from encoder.analysis import HeadEffects, MeanHeadEffects, Targets, head_effects, mean_head_effects
from encoder.learning.head_effects import hidden_captions, questions
from encoder.tokenizer import MAX_CHARACTERS
from pages.frame.forward_pass import ForwardPass, encoder_config, passes, tokenizer
from pages.frame.hidden_token import with_hidden
from pages.frame.measurement import Measurement, measurements

MOST_CAPTIONS = 200
LONGEST_TEXT = 20_000
"""Characters that are looked at: of 200 captions, more than they have."""


def sentence_measurement(shown: ForwardPass, hidden: int | None) -> Measurement[HeadEffects]:
    """Return the measurement over this sentence, in which the token at the place `hidden`, if any, is hidden.

    If that token is known, the measurement asks for it.
    """
    settings, ids, store = shown.settings, shown.encoding.ids, passes()
    config = encoder_config(settings)

    def steps() -> Iterator[HeadEffects]:
        masked, true_word = (ids, None) if hidden is None else with_hidden(ids, hidden)
        targets = None if true_word is None else Targets(torch.tensor([hidden]), torch.tensor([true_word]))
        yield head_effects(store.encoder(settings.weights, config), torch.tensor([masked]), targets=targets)

    return measurements().of(("sentence", settings.weights, config, ids, hidden), lambda: (steps(), 1))


def captions_measurement(shown: ForwardPass, captions: tuple[str, ...]) -> Measurement[MeanHeadEffects]:
    """Return the measurement over these captions, in which a fifth of the pieces is hidden."""
    settings, store = shown.settings, passes()
    config = encoder_config(settings)

    def steps() -> tuple[Iterator[MeanHeadEffects], int]:
        hidden = hidden_captions(captions, tokenizer())
        return mean_head_effects(store.encoder(settings.weights, config), questions(hidden)), len(hidden.batches)

    return measurements().of(("captions", settings.weights, config, captions), steps)


@lru_cache(maxsize=32)
def own_captions(text: str) -> tuple[str, ...]:
    r"""Return the lines of a text that hold something to read, as many as are measured at most.

    >>> own_captions("two dogs run\n\n \na cat sleeps")
    ('two dogs run', 'a cat sleeps')
    """
    lines = (line[:MAX_CHARACTERS] for line in text[:LONGEST_TEXT].splitlines())
    readable = (line for line in lines if not tokenizer().encode(line).is_empty)
    return tuple(islice(readable, MOST_CAPTIONS))
