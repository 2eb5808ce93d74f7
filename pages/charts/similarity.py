"""How alike the vectors of every two tokens are: the cosine of the angle between them."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from pages.charts.gram import gram
from pages.charts.labels import plain
from pages.charts.limits import ColourLimits, number

COSINES = ColourLimits(-1.0, 1.0, "cosine: 1 is the same direction")


def similarity(cosines: np.ndarray, tokens: Sequence[str], name: str) -> go.Figure:
    """Draw cosines [token, token]; `name` says which vectors are compared.

    The colours reach from −1 to 1 whatever the cosines are, so that one drawing can be compared with another.

    Raises:
        ValueError: if the cosines are not one row and one column per token.
    """
    hover = f"{plain(name)}<br>of %{{y}}<br>and %{{x}}<br>cosine = %{{z:.4f}}<extra></extra>"
    return gram(cosines, tokens, COSINES).update_traces(hovertemplate=hover)


def similarity_finding(cosines: np.ndarray, tokens: Sequence[str], name: str) -> str:
    """Say which two places of the sentence are most alike, and which least; a token is not compared with itself.

    >>> similarity_finding(np.array([[1.0, 0.5], [0.5, 1.0]]), ["two", "dogs"], "E[t]")
    'Cosines of E[t] between 2 tokens. Most alike: 0 · two and 1 · dogs, 0.500. Least: 0 · two and 1 · dogs, 0.500.'
    """
    rows, columns = np.triu_indices(len(tokens), k=1)
    pairs = cosines[rows, columns]
    most, least = (_pair(rows[at], columns[at], pairs[at], tokens) for at in (pairs.argmax(), pairs.argmin()))
    return f"Cosines of {name} between {len(tokens)} tokens. Most alike: {most}. Least: {least}."


def _pair(row: int, column: int, cosine: float, tokens: Sequence[str]) -> str:
    return f"{row} · {tokens[row]} and {column} · {tokens[column]}, {number(cosine)}"
