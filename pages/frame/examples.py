"""Example sentences: what to look for in each, and where its attention opens in the encoder of the beginning."""

from dataclasses import dataclass

import streamlit as st

from pages.frame.forward_pass import ForwardPass, encoded
from pages.frame.settings import DEFAULTS, current_settings


@dataclass(frozen=True)
class Example:
    """A sentence, what to look for in it, and the layer, head and query to begin with.

    The place is telling with the trained weights in the shape of `DEFAULTS`; another encoder has other heads.
    """

    sentence: str
    hint: str
    layer: int
    head: int
    query: int

    @property
    def opening(self) -> dict[str, int]:
        """The place, by the names of the attention view's choices."""
        return {"layer": self.layer, "head": self.head, "query": self.query}


# In the hints no word is italic: that font is 140 KB, and every visitor would wait for it.
EXAMPLES = {
    "Pronoun": Example(
        DEFAULTS.sentence,
        "Whom does “it” mean? Point at the heads: does one look from “it” at “boy”? Does any look at “dog”?",
        layer=2,
        head=2,
        query=8,
    ),
    "Word order": Example(
        "The dog chases the cat and the cat chases the dog.",
        "“chases” stands here twice. Find a head that looks one word back, and click both: who chases whom?",
        layer=1,
        head=0,
        query=3,
    ),
    "Long distance": Example(
        "The women behind the man with the dog are laughing.",
        "“are” belongs to “women”, seven words back, but “dog” stands beside it. Does any head look as far as “women”?",
        layer=0,
        head=2,
        query=9,
    ),
    "Word pieces": Example(
        "Photosynthesis has nothing to do with mortgages.",
        "The vocabulary lacks the long word, so it is five pieces. Which heads look from each piece at the one before?",
        layer=1,
        head=0,
        query=5,
    ),
    "Masked word": Example(
        "A man in a red [MASK] is riding a horse.",
        "One word is hidden. Where do the heads look from its place? The page Predict shows which words are expected.",
        layer=1,
        head=0,
        query=6,
    ),
}


def opening_of(shown: ForwardPass) -> dict[str, int] | None:
    """Return where the attention of this pass opens, if it is an example's and in the encoder of `Example`."""
    settings = shown.settings
    chosen, telling = ((each.layers, each.heads, each.d_model) for each in (settings, DEFAULTS))
    example = _example(settings.sentence)
    return None if example is None or settings.weights != "trained" or chosen != telling else example.opening


def draw_hint() -> None:
    """Say what to look for, if an example is on the screen and its weights are trained; random ones mean nothing."""
    place = st.empty()  # there with and without a hint: if the views below moved up, the browser would make them anew
    settings = current_settings()
    example = _example(settings.sentence)
    if example is not None and settings.weights == "trained":
        place.markdown(f":material/search: {example.hint}")


def _example(sentence: str) -> Example | None:
    tokens = encoded(sentence).ids
    return next((each for each in EXAMPLES.values() if encoded(each.sentence).ids == tokens), None)
