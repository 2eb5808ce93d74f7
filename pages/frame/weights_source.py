"""Where an encoder's parameters come from, and which shapes each source has."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from encoder import Encoder, EncoderConfig, load
from encoder.weights.nested import WIDTH_STEP, NestedEncoder

NESTED_FOLDER = Path(__file__).parents[2] / "assets" / "nested"


@dataclass(frozen=True)
class WeightsSource:
    """One choice of the control "Weights": its words on the screen, what it offers, and how it makes an encoder.

    `numbers` and `words` say, for every other control, the values that this source can work with. A control with only
    one value is not shown; `fixed` says why, and what else follows from the source or the sizes. `build` makes the
    encoder of these sizes; what else an encoder from this source has, such as a prediction head, it adds by itself.
    `is_shared` says that all its encoders look at the same numbers, which the server keeps anyway.
    """

    badge: str
    caption: str
    numbers: Mapping[str, range]
    words: Mapping[str, tuple[str, ...]]
    build: Callable[[EncoderConfig], Encoder]
    fixed: str
    is_shared: bool = False


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
    fixed="A head's own vectors have d_head numbers: d_model / heads, rounded down.",
)


def trained(nested: NestedEncoder) -> WeightsSource:
    """Offer every shape of a trained nested encoder; all are views of the same numbers, which visitors share."""
    whole = nested.whole.config
    return WeightsSource(
        badge="Trained on 145,000 picture captions",
        caption="It knows short descriptions of everyday pictures, and nothing else.",
        numbers={
            "layers": range(1, whole.n_layers + 1),
            "heads": range(1, whole.n_heads + 1),
            "d_model": range(WIDTH_STEP, whole.d_model + 1, WIDTH_STEP),
            "seed": range(1),
        },
        words={"positions": (whole.positions,), "norm": (whole.norm,)},
        build=lambda config: nested.at(config.n_layers, config.n_heads, config.d_model),
        is_shared=True,
        fixed=f"A head's own vectors have d_head numbers: here {whole.d_head}, whatever the sizes. "
        f"Positions ({whole.positions}) and LayerNorm ({whole.norm}) are as they were in training. "
        "With random weights they can be changed, and so can the seed.",
    )


def sources(folder: Path) -> dict[str, WeightsSource]:
    """Return all choices, the default first: the trained weights, where the folder has them, and random ones."""
    path = folder / "encoder.safetensors"
    shipped = {"trained": trained(NestedEncoder(load(path).eval()))} if path.exists() else {}
    return {**shipped, "random": RANDOM}


# Once per server: the numbers are read when the first visitor comes, and every encoder looks at the same ones.
SOURCES = sources(NESTED_FOLDER)
