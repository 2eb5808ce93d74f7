"""Any two axes of any tensor as a coloured map."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from pages.charts.labels import plain
from pages.charts.limits import number
from pages.charts.maps import token_rows_map
from pages.charts.theme import colour

TALLEST = 900


def tensor_map(
    values: np.ndarray, axes: tuple[str, str], labels: tuple[Sequence[str], Sequence[str]], name: str
) -> go.Figure:
    """Draw values [row, column]: about zero if any is negative, else from zero; what is not finite stays empty.

    Args:
        values: the numbers to draw.
        axes: what the rows are and what the columns are, such as ("query", "key").
        labels: what to call each row and each column.
        name: what a cell holds.

    Raises:
        ValueError: if there is not one label per row and column.
    """
    if values.shape != (len(labels[0]), len(labels[1])):
        raise ValueError(
            f"values have the shape {values.shape} for {len(labels[0])} and {len(labels[1])} labels; they must be "
            "[row, column], with one label for each. Take labels and values from one tensor."
        )
    finite = np.isfinite(values)
    drawn = np.where(finite, values, 0)
    kind = "diverging" if drawn.min(initial=0) < 0 else "sequential"
    hover = f"{axes[0]} %{{y}}<br>{axes[1]} %{{x}}<br>{plain(name)} = %{{z:.6g}}"
    rows, columns = ([plain(label) for label in given] for given in labels)
    figure = token_rows_map(drawn, labels[0], axes="row, column", kind=kind, hover=hover)
    figure.update_traces(z=np.where(finite, values, np.nan).astype(np.float32))
    figure.update_layout(height=min(figure.layout.height, TALLEST))
    figure.add_annotation(
        text=f"{axes[1]} →",  # an axis title would lie on the slanted labels
        font={"color": colour("emphasis"), "size": 12},
        showarrow=False,
        yshift=16,  # beside the legend's bar, not beside its numbers, which reach further on a phone
        x=1,
        xref="paper",
        xanchor="right",
        y=1,
        yref="paper",
        yanchor="bottom",
    )
    figure.update_yaxes(title_text=axes[0], ticktext=rows, showticklabels=len(rows) <= 64)
    return figure.update_xaxes(
        tickvals=np.arange(len(columns)),
        ticktext=columns,
        showticklabels=len(columns) <= 32,  # more would lie on top of one another; hovering reads them
        tickangle=-60,
        ticks="",
    )


def tensor_finding(values: np.ndarray, axes: tuple[str, str], name: str) -> str:
    """Say how far the numbers reach, and how many of them are not finite.

    >>> tensor_finding(np.array([[1.0, -np.inf]]), ("query", "key"), "scores")
    'scores [query 1 × key 2]: the numbers run from 1.00 to 1.00. 1 of them is −∞ and stays empty.'
    """
    finite = values[np.isfinite(values)]
    size = f"{name} [{axes[0]} {values.shape[0]} × {axes[1]} {values.shape[1]}]"
    n_left_out = values.size - finite.size
    left_out = f"{n_left_out} of them {'is −∞ and stays' if n_left_out == 1 else 'are −∞ and stay'} empty."
    if not finite.size:
        return f"{size}: no number is finite. {left_out}"
    found = f"{size}: the numbers run from {number(finite.min())} to {number(finite.max())}."
    return f"{found} {left_out}" if n_left_out else found
