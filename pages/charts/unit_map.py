"""Every hidden unit of a feed-forward network as a coloured cell: one row per token, one column per unit."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from pages.charts.maps import name_columns, token_rows_map


def unit_map(values: np.ndarray, tokens: Sequence[str], name: str) -> go.Figure:
    """Draw values [token, unit], blue below zero and orange above; pointing at a cell names token, unit and number.

    Raises:
        ValueError: if the rows are not the tokens.
    """
    hover = f"token %{{y}}<br>unit %{{x}}<br>{name} = %{{z:.4f}}"
    figure = token_rows_map(values, tokens, axes="token, unit", kind="diverging", hover=hover)
    return name_columns(figure, "hidden unit")
