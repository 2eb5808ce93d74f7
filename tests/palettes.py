"""The colours of the charts, light and dark, as `.streamlit/config.toml` gives them to the browser."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pages.charts.theme import MEANINGS

CONFIG = Path(__file__).parents[1] / ".streamlit" / "config.toml"


@dataclass(frozen=True)
class Palette:
    """The colours of one brightness: ten by meaning, ten from strongly negative to strongly positive, ten for sizes."""

    background: str
    categorical: tuple[str, ...]
    diverging: tuple[str, ...]
    sequential: tuple[str, ...]

    def __getitem__(self, meaning: str) -> str:
        """The colour that stands for this meaning."""
        return self.categorical[MEANINGS.index(meaning)]


def palette(theme: dict[str, Any]) -> Palette:
    """The colours of one of the file's themes."""
    kinds = (tuple(theme[f"chart{kind}Colors"]) for kind in ("Categorical", "Diverging", "Sequential"))
    return Palette(theme["backgroundColor"], *kinds)


LIGHT, DARK = (
    palette(tomllib.loads(CONFIG.read_text(encoding="utf-8"))["theme"][scheme]) for scheme in ("light", "dark")
)
