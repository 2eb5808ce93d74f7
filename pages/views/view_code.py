"""What the browser needs to draw a view: the view's HTML, CSS and script, as they stand in assets/."""

import re
from dataclasses import dataclass
from pathlib import Path

ASSETS = Path(__file__).parents[2] / "assets"
SHARED = "view"
ENTRANCE = "export default function ("
"""How a view's script begins its one entrance."""


@dataclass(frozen=True)
class ViewCode:
    """The three texts of one view."""

    html: str
    css: str
    js: str


def view_code(name: str) -> ViewCode:
    """Read the three texts of one view, before its own script the one that all views share.

    A script is sent again with every change of the numbers, so it travels without indentation and comments.
    """
    html, css = (_read(f"{name}.{kind}") for kind in ("html", "css"))
    return ViewCode(html, css, "".join(script(part) for part in (SHARED, name)))


def with_entrance(js: str, entrance: str) -> str:
    """Let a view's script begin its entrance otherwise. Raises ValueError if it has not exactly one."""
    if js.count(ENTRANCE) != 1:
        raise ValueError(
            f"The view's script has {js.count(ENTRANCE)} times {ENTRANCE!r}; it must begin its one entrance so."
        )
    return js.replace(ENTRANCE, entrance)


def script(name: str) -> str:
    """Read one script as it travels."""
    return re.sub(r"^\s*(//.*\s+)*", "", _read(f"{name}.js"), flags=re.MULTILINE)


def _read(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")
