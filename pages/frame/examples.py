"""Example sentences, and where in them there is something to see with the weights that the app begins with."""

from dataclasses import dataclass

import streamlit as st

from pages.frame.forward_pass import ForwardPass, encoded
from pages.frame.settings import DEFAULTS


@dataclass(frozen=True)
class Example:
    """A sentence, a place of its attention to begin with, and what to look for there.

    Place and hint are about the trained weights in the shape of `DEFAULTS`; what the hint claims was measured there.
    """

    sentence: str
    layer: int
    head: int
    query: int
    hint: str

    @property
    def opening(self) -> dict[str, int]:
        """The place, by the names of the attention view's choices."""
        return {"layer": self.layer, "head": self.head, "query": self.query}


EXAMPLES = {
    "Pronoun": Example(
        DEFAULTS.sentence,
        layer=1,
        head=3,
        query=8,
        hint="Whom does *it* mean? In this head it looks most at *boy*. Point at the other heads: where is it *dog*?",
    ),
    "Word order": Example(
        "The dog chases the cat and the cat chases the dog.",
        layer=1,
        head=0,
        query=3,
        hint="*chases* stands here twice. This head looks one word back: click both, and see who chases whom.",
    ),
    "Long distance": Example(
        "The women behind the man with the dog are laughing.",
        layer=0,
        head=2,
        query=9,
        hint="*are* belongs to *women*, seven words back, but here it looks at *dog*. Point at the other heads: "
        "does any find *women*?",
    ),
    "Word pieces": Example(
        "Photosynthesis has nothing to do with mortgages.",
        layer=1,
        head=0,
        query=5,
        hint="No caption has this long word, so it is five pieces. This head looks from each piece at the one before.",
    ),
    "Masked word": Example(
        "A man in a red [MASK] is riding a horse.",
        layer=2,
        head=1,
        query=6,
        hint="A word is hidden, and here its place looks at *red*. Which words does the encoder expect? See *Predict*.",
    ),
}


def example_of(shown: ForwardPass) -> Example | None:
    """Return the example that this pass has read, if it was made by the encoder of which its hint speaks."""
    settings = shown.settings
    chosen, measured = ((each.layers, each.heads, each.d_model) for each in (settings, DEFAULTS))
    if settings.weights != "trained" or chosen != measured:
        return None
    return next((each for each in EXAMPLES.values() if encoded(each.sentence).ids == shown.encoding.ids), None)


def draw_hint(shown: ForwardPass) -> None:
    """Say what to look for, if an example is on the screen."""
    if (example := example_of(shown)) is not None:
        st.markdown(f":material/search: {example.hint}")
