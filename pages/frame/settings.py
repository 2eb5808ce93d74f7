"""What the visitor has chosen, as one frozen value."""

import difflib
import math
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any

import streamlit as st

from encoder.config import Norm, Positions
from encoder.weights.nested import Shape
from pages.frame.weights_source import SOURCES


@dataclass(frozen=True)
class Settings:
    """Everything that decides what is on the screen; each name is also a URL parameter and a widget's key."""

    sentence: str = "The boy is holding the dog while it is sleeping."
    weights: str = field(default_factory=lambda: next(iter(SOURCES)))
    layers: int = 3
    heads: int = 4
    d_model: int = 64
    seed: int = 0
    positions: Positions = "sinusoidal"
    norm: Norm = "post"

    @property
    def shape(self) -> Shape:
        """The three sizes of the encoder."""
        return Shape(self.layers, self.heads, self.d_model)


DEFAULTS = Settings()
NAMES = tuple(field.name for field in fields(Settings))
DEPENDENT_NAMES = NAMES[2:]
"""The settings whose possible values depend on the source of weights."""
SIZE_NAMES = ("layers", "heads", "d_model")
"""The settings that are moved most."""
NOTED = "carried"
"""Where a session keeps what its controls said; a run of a fragment knows its own controls only."""
LINKED = "linked"
"""Where a session keeps the settings that it was opened with."""


def current_settings() -> Settings:
    """Read the settings of this visitor from the widgets.

    Widgets hold to their limits in the browser only, so each value is held to them once more.
    """
    chosen = said(NAMES)
    chosen["weights"] = nearest_weights(chosen["weights"])
    for name in DEPENDENT_NAMES:
        chosen[name] = nearest(name, chosen[name], chosen["weights"])
    return Settings(**chosen)


def current_weights() -> str:
    """Return the name of the source of weights that this visitor has chosen."""
    return nearest_weights(said(["weights"])["weights"])


def said(names: Iterable[str]) -> dict[str, Any]:
    """Return what the controls of these settings say, or said when they were last drawn, or the defaults."""
    noted = st.session_state.get(NOTED, {})
    return {name: st.session_state.get(name, noted.get(name, getattr(DEFAULTS, name))) for name in names}


def nearest_weights(value: object) -> str:
    """Return the name of the source of weights that `value` comes closest to.

    >>> nearest_weights("Random")
    'random'
    """
    return _nearest_word(value, tuple(SOURCES), DEFAULTS.weights)


def nearest(name: str, value: object, weights: str) -> Any:
    """Return the possible value of one setting that comes closest to `value`, or the default if nothing does.

    >>> [nearest("layers", value, "random") for value in ("99", "-1e999", "4.4", "many")]
    [12, 1, 4, 3]
    >>> nearest("d_model", 50, "random"), nearest("norm", "PRE", "random")
    (48, 'pre')
    """
    source, default = SOURCES[weights], getattr(DEFAULTS, name)
    if name in source.numbers:
        return _nearest_number(value, source.numbers[name], default)
    return _nearest_word(value, source.words[name], default)


def default_of(name: str, weights: str) -> Any:
    """Return what one setting is with these weights before anybody has chosen."""
    default = getattr(DEFAULTS, name)
    return nearest(name, default, weights) if name in DEPENDENT_NAMES else default


def has_control(name: str, weights: str) -> bool:
    """Return whether a setting can be moved at all: a control with one possible value is not shown."""
    source = SOURCES[weights]
    return name not in DEPENDENT_NAMES or len(source.numbers.get(name, source.words.get(name, ()))) > 1


def _nearest_number(value: object, possible: range, default: int) -> int:
    try:
        number = float(str(value))
    except ValueError:
        number = math.nan
    if math.isnan(number):
        number = default
    number = min(max(number, possible[0]), possible[-1])
    return possible[round((number - possible.start) / possible.step)]


def _nearest_word(value: object, possible: tuple[str, ...], default: str) -> str:
    if isinstance(value, str) and value in possible:
        return value
    if len(possible) == 1:
        return possible[0]
    word = str(value)[:40].casefold()
    close = difflib.get_close_matches(word, possible, n=1, cutoff=0.4)
    if close:
        return close[0]
    return default if default in possible else possible[0]
