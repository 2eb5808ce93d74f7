"""Every number of a tensor as a coloured cell: one row per token, one column per dimension or unit."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from pages.charts.maps import name_columns, token_rows_map


def heatmap(
    values: np.ndarray, tokens: Sequence[str], *, name: str, column: str = "dimension", below: str = ""
) -> go.Figure:
    """Draw values [token, column]; a cell's colour is its number, and pointing at it says which one.

    Args:
        values: one row per token, one column per dimension, or per unit.
        tokens: what stands in each row.
        name: what a cell holds, in words, such as "position encoding".
        column: what to call one column.
        below: what is written below the columns, if it is not what one of them is called.

    Raises:
        ValueError: if the rows are not the tokens.
    """
    hover = f"token %{{y}}<br>{column} %{{x}}<br>{name} = %{{z:.4f}}"
    figure = token_rows_map(values, tokens, axes=f"token, {column}", kind="diverging", hover=hover)
    return name_columns(figure, below or column)
