"""Where an encoder's parameters come from, and which shapes each source has."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from encoder import Encoder, EncoderConfig


@dataclass(frozen=True)
class WeightsSource:
    """One choice of the control "Weights": its words on the screen, what it offers, and how it makes an encoder.

    `numbers` and `words` say, for every other control, the values that this source can work with. A control with only
    one value is not shown. `build` makes the encoder for any config within them.
    """

    badge: str
    caption: str
    numbers: Mapping[str, range]
    words: Mapping[str, tuple[str, ...]]
    build: Callable[[EncoderConfig], Encoder]


RANDOM = WeightsSource(
    badge="Random weights",
    caption="Shapes and arithmetic are real, patterns mean nothing.",
    numbers={
        "layers": range(1, 13),
        "heads": range(1, 17),
        "d_model": range(16, 513, 16),
        "seed": range(10_000),
    },
    words={
        "positions": ("sinusoidal", "learned", "none"),
        "norm": ("post", "pre"),
    },
    build=Encoder,
)

SOURCES = {"random": RANDOM}
