"""What the browser needs to draw a view: the view's HTML, CSS and script, as they stand in assets/."""

import re
from dataclasses import dataclass
from pathlib import Path

ASSETS = Path(__file__).parents[2] / "assets"


@dataclass(frozen=True)
class ViewCode:
    """The three texts of one view."""

    html: str
    css: str
    js: str


def view_code(name: str, *shared: str) -> ViewCode:
    """Read the three texts of one view, before its own script those that it shares with other views.

    A script is sent again with every change of the numbers, so it travels without indentation and comments.
    """
    html, css = (_read(f"{name}.{kind}") for kind in ("html", "css"))
    return ViewCode(html, css, "".join(_without_comments(_read(f"{part}.js")) for part in (*shared, name)))


def _without_comments(script: str) -> str:
    return re.sub(r"^\s*(//.*\s+)*", "", script, flags=re.MULTILINE)


def _read(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")
