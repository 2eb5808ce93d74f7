"""A token's label on an axis: its position and its text, which nobody can use to write markup into a chart.

Plotly reads a small HTML in every text that it draws, links included, so tokens are escaped. Axes are numbered, with
the labels as tick texts, because on an axis of categories two equal words would become one row.
"""

import html
from collections.abc import Sequence

import numpy as np


def plain(text: str) -> str:
    """Return the text so that Plotly draws it as typed.

    Quotes stay, because Plotly knows no name for them and they can do nothing outside a tag. A # is written as a
    number, because the theme's placeholder colours begin with one; a dollar sign likewise, so that no formula begins.

    >>> plain('<b>#1 & "you"</b>')
    '&lt;b&gt;&#35;1 &amp; "you"&lt;/b&gt;'
    """
    return html.escape(text, quote=False).replace("#", "&#35;").replace("$", "&#36;")


def token_labels(tokens: Sequence[str]) -> list[str]:
    """Return one label per token, position first, as in a trace: the first token has position 0.

    >>> token_labels(["[CLS]", "the", "<b>"])
    ['0 · [CLS]', '1 · the', '2 · &lt;b&gt;']
    """
    return [f"{position} · {plain(token)}" for position, token in enumerate(tokens)]


def token_rows(tokens: Sequence[str]) -> dict[str, object]:
    """Return the settings of a y axis on which the first token stands at the top, one row each."""
    rows = len(tokens)
    return {
        "tickvals": np.arange(rows),
        "ticktext": token_labels(tokens),
        "range": [rows - 0.5, -0.5],
        "ticks": "",
        "tickfont": {"size": 13 if rows <= 64 else 9},
    }


def height_of_rows(n_rows: int, around: int = 96) -> int:
    """Return a chart's height in pixels: rows large enough to read, and never a strip too flat to see."""
    return around + max(140, n_rows * (24 if n_rows <= 24 else 17 if n_rows <= 64 else 10))
