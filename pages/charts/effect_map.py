"""How much each part changes or matters, as a table of colours in which "not at all" is told from "hardly"."""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from pages.charts.labels import plain
from pages.charts.limits import diverging_limits, effect_limits, number
from pages.charts.maps import LEGEND_PIXELS, check_rows, legend
from pages.charts.theme import colour, scale, styled

ROW_PIXELS = 24
UNCHANGED = "="
EDITED = "✎"
TOP_PIXELS = LEGEND_PIXELS + 24  # the legend has two lines
LEGEND_LENGTH = 130  # what is left beside the names of sites on a phone
MOST_FIGURES_ABREAST = 4  # what a phone has room for


def effect_map(
    effects: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    columns_name: str,
    name: str,
    is_signed: bool = False,
    edited: Collection[tuple[int, int]] = (),
    figures: bool = False,
) -> go.Figure:
    """Draw effects [row, column]; an exact 0 is marked "=", and a place that is missing, NaN, stays empty.

    Args:
        effects: the numbers; NaN where a row has nothing in a column.
        rows: what to call each row.
        columns: what to call each column.
        columns_name: what the columns are, such as "layer".
        name: what a cell holds.
        is_signed: whether effects can be negative; then the colours run about zero.
        edited: the (row, column) of every cell to mark as edited by hand.
        figures: write the numbers into the cells, where there is room for them.

    Raises:
        ValueError: if there is not one name per row and column.
    """
    check_rows(effects, rows, "row, column")
    if effects.shape[1] != len(columns):
        raise ValueError(
            f"effects have {effects.shape[1]} columns, and there are {len(columns)} names for them. Give one for each."
        )
    limits = diverging_limits(effects[np.isfinite(effects)]) if is_signed else effect_limits(effects)
    with_figures = figures and len(columns) <= MOST_FIGURES_ABREAST
    cells = [
        [(value, (row, column) in edited) for column, value in enumerate(line)] for row, line in enumerate(effects)
    ]
    marks = [[_mark(*cell, with_figures) for cell in line] for line in cells]
    words = [[_in_words(*cell) for cell in line] for line in cells]
    figure = go.Figure(
        go.Heatmap(
            z=np.where(np.isposinf(effects), limits.high, effects).astype(np.float32),
            text=marks,
            customdata=words,
            texttemplate="%{text}",
            textfont={"size": 12},
            zmin=limits.low,
            zmax=limits.high,
            colorscale=scale("diverging" if is_signed else "sequential"),
            colorbar=_short(legend(limits)),
            hovertemplate=f"%{{y}}<br>{columns_name} %{{x}}<br>{name}: %{{customdata}}<extra></extra>",
            hoverongaps=False,
            xgap=1,
            ygap=1,
        )
    )
    styled(figure, TOP_PIXELS + 48 + ROW_PIXELS * len(rows))
    figure.update_yaxes(
        tickvals=np.arange(len(rows)),
        ticktext=[plain(row) for row in rows],
        range=[len(rows) - 0.5, -0.5],
        ticks="",
        tickfont={"size": 13},
    )
    figure.update_xaxes(
        tickvals=np.arange(len(columns)),
        ticktext=[plain(column) for column in columns],
        range=[-0.5, len(columns) - 0.5],
        ticks="",
        tickangle=0,
        automargin=False,
    )
    # Not the axis's own title, which Plotly draws over the labels of an axis as low as this.
    below = {"x": 0.5, "xref": "paper", "y": 0, "yref": "paper", "yanchor": "top", "yshift": -20, "showarrow": False}
    figure.add_annotation(text=plain(columns_name), font={"color": colour("emphasis"), "size": 14}, **below)
    return figure.update_layout(margin={"t": TOP_PIXELS, "b": 48})


def effects_finding(effects: np.ndarray, rows: Sequence[str], columns: Sequence[str], columns_name: str) -> str:
    """Say where the effect is largest, and how many places are exactly as they were.

    >>> effects_finding(np.array([[0.0, 0.5]]), ["query"], ["0", "1"], "layer")
    'Largest: query, layer 1, 0.500. Exactly unchanged: 1 of 2.'
    """
    unchanged = f"Exactly unchanged: {int((effects == 0).sum())} of {int((~np.isnan(effects)).sum())}."
    row, column = divmod(int(np.nan_to_num(np.abs(effects), posinf=np.inf).argmax()), len(columns))
    if effects[row, column] == 0:
        return unchanged
    return f"Largest: {rows[row]}, {columns_name} {columns[column]}, {_figure(effects[row, column])}. {unchanged}"


def _short(bar: dict[str, Any]) -> dict[str, Any]:
    # The title stands centred over the bar, so a line that is longer than the bar would run out of the picture.
    lines = bar["title"]["text"].replace(", ", ",<br>")
    return {**bar, "title": {**bar["title"], "text": lines}, "len": LEGEND_LENGTH}


def _mark(value: float, is_edited: bool, with_figures: bool) -> str:
    if is_edited:
        return EDITED
    if value == 0:
        return UNCHANGED
    return _figure(value) if with_figures else ""


def _in_words(value: float, is_edited: bool) -> str:
    words = "exactly 0, unchanged" if value == 0 else _figure(value)
    return f"{words}, edited here" if is_edited else words


def _figure(value: float) -> str:
    return "" if np.isnan(value) else "∞" if np.isinf(value) else number(float(value))
