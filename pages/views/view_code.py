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
    """Read the three texts of one view, before its own rules and script those that it shares with other views.

    A script is sent again with every change of the numbers, so it travels without indentation and comments.
    """
    parts = (*shared, name)
    return ViewCode(_joined("html", parts), _joined("css", parts), _without_comments(_joined("js", parts)))


def _joined(kind: str, parts: tuple[str, ...]) -> str:
    files = [ASSETS / f"{part}.{kind}" for part in parts]
    return "".join(file.read_text(encoding="utf-8") for file in files if file.exists())


def _without_comments(script: str) -> str:
    return re.sub(r"^\s*(//.*\s+)*", "", script, flags=re.MULTILINE)
