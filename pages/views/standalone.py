"""A view as one file that anybody can keep: it opens in a browser without a network, a server or this app."""

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping
from string import Template

import streamlit as st

from pages.views.view_code import ASSETS, ViewCode, with_entrance

COLOURS = {
    "text-color": "textColor",
    "background-color": "backgroundColor",
    "border-color": "borderColor",
    "primary-color": "primaryColor",
    "chart-sequential-colors": "chartSequentialColors",
    "chart-diverging-colors": "chartDivergingColors",
}


def standalone(
    title: str, note: str, code: ViewCode, data: bytes, *, chosen: Mapping[str, float] | None = None, css: str = ""
) -> str:
    """Return the file: a page that holds the view's texts and its numbers, and may load or run nothing else.

    Numbers and words travel as base64, so that nothing in them can be read as markup, and only the one script of the
    file, known by its digest, is allowed to run. Light or dark is what the reader's system prefers.

    Args:
        title: the heading; plain text.
        note: what the file holds; plain text.
        code: the view's texts.
        data: the payload that the view draws.
        chosen: what the view opens with, by its own names; without any it opens as it would by itself.
        css: further rules, for what a file cannot do.

    Raises:
        ValueError: if the view's texts could not stand in a page: if they end its script or style, or have no entrance.
    """
    script = _script(code.js, chosen)
    styles = f"{code.css}\n{css}"
    for text in (script, styles):
        if found := re.search("</(script|style)|<!--", text, re.IGNORECASE):
            raise ValueError(
                f"The view's script or style has {found[0]!r} in it; a page would end it there. Write it differently."
            )
    template = Template((ASSETS / "standalone.html").read_text(encoding="utf-8"))
    return template.substitute(
        title=html.escape(title),
        note=html.escape(note),
        light=_colours("light"),
        dark=_colours("dark"),
        css=styles,
        html=code.html,
        data=base64.b64encode(data).decode("ascii"),
        script=script,
        script_digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii"),
    )


def _script(js: str, chosen: Mapping[str, float] | None) -> str:
    """The view's script between its host's two halves; a file has no address that a view could read or write."""
    last = json.dumps({**chosen, "isLinked": True}).replace("<", "\\u003c") if chosen else "undefined"
    host = (ASSETS / "standalone.js").read_text(encoding="utf-8")
    return (
        'const location = { search: "", pathname: "", hash: "" };\n'
        "const history = { state: null, replaceState() {} };\nconst parent = { postMessage() {} };\n"
        f"globalThis.lastChosen = {last};\n"
        f"{with_entrance(js, 'function showView(')}\n{host}"
    )


def _colours(scheme: str) -> str:
    named = {name: st.get_option(f"theme.{scheme}.{option}") for name, option in COLOURS.items()}
    return " ".join(
        f"--st-{name}: {value if isinstance(value, str) else ', '.join(value)};" for name, value in named.items()
    )
