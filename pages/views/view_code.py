"""What the browser needs to draw a view: the view's HTML, CSS and script, as they stand in assets/."""

import re
from dataclasses import dataclass
from pathlib import Path

ASSETS = Path(__file__).parents[2] / "assets"
ENTRANCE = "export default function ("
"""How a view's script begins its one entrance."""


@dataclass(frozen=True)
class ViewCode:
    """The three texts of one view."""

    html: str
    css: str
    js: str


def view_code(name: str, *shared: str) -> ViewCode:
    """Read the three texts of one view, before its own rules and script those that it shares with other views.

    A script is sent again with every change of the numbers, so it travels without indentation and comments.
    """
    parts = (*shared, name)
    return ViewCode(_joined("html", parts), _joined("css", parts), script(*parts))


def script(*parts: str) -> str:
    """Read scripts as they travel, one behind the other."""
    return re.sub(r"^\s*(//.*\s+)*", "", _joined("js", parts), flags=re.MULTILINE)


def with_entrance(js: str, entrance: str) -> str:
    """Let a view's script begin its entrance otherwise. Raises ValueError if it has not exactly one."""
    if js.count(ENTRANCE) != 1:
        raise ValueError(
            f"The view's script has {js.count(ENTRANCE)} times {ENTRANCE!r}; it must begin its one entrance so."
        )
    return js.replace(ENTRANCE, entrance)


def _joined(kind: str, parts: tuple[str, ...]) -> str:
    files = [ASSETS / f"{part}.{kind}" for part in parts]
    return "".join(file.read_text(encoding="utf-8") for file in files if file.exists())
