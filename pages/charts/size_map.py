"""What each size buys: the accuracy of every shape as one coloured map, a block of heads and widths for each depth."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from pages.charts.limits import number, sequential_limits
from pages.charts.maps import LEGEND_PIXELS, legend
from pages.charts.theme import colour, scale, styled

BLOCKS_ABREAST = 2  # what a phone has room for
ROW_PIXELS = 19


def size_map(accuracy: np.ndarray, widths: Sequence[int], *, here: tuple[int, int, int]) -> go.Figure:
    """Draw accuracy [layers, heads, width], a block for each number of layers, and a frame around one shape.

    Args:
        accuracy: from 0 to 1; the first entry of each axis belongs to one layer, one head and the first width.
        widths: d_model of each entry of the last axis.
        here: layers, heads and d_model of the shape to mark.

    Raises:
        ValueError: if the widths are not those of the last axis, or if the marked shape is none of the table.
    """
    check_sizes(accuracy, widths, here)
    n_layers, n_heads, n_widths = accuracy.shape
    tall, wide = n_heads + 2, n_widths + 1  # room for a block's title above it, and a gap beside it
    n_rows, n_columns = -(-n_layers // BLOCKS_ABREAST), min(BLOCKS_ABREAST, n_layers)
    values = np.full((n_rows * tall, n_columns * wide - 1), np.nan, np.float32)
    words = np.full(values.shape, "", dtype=object)
    corners = [(block // BLOCKS_ABREAST * tall + 1, block % BLOCKS_ABREAST * wide) for block in range(n_layers)]
    for block, (row, column) in enumerate(corners):
        values[row : row + n_heads, column : column + n_widths] = accuracy[block]
        words[row : row + n_heads, column : column + n_widths] = [
            [shape_in_words(block + 1, head + 1, width) for width in widths] for head in range(n_heads)
        ]
    limits = sequential_limits(accuracy, rescale=True)
    figure = go.Figure(
        [
            go.Heatmap(
                z=values,
                text=words,
                zmin=limits.low,
                zmax=limits.high,
                colorscale=scale("sequential"),
                colorbar=legend(limits),
                hovertemplate="%{text}<br>accuracy = %{z:.4f}<extra></extra>",
                hoverongaps=False,
                xgap=1,
                ygap=1,
            ),
            *_frame_around(corners[here[0] - 1], here[1] - 1, list(widths).index(here[2])),
        ]
    )
    styled(figure, LEGEND_PIXELS + 50 + ROW_PIXELS * len(values))
    for block, (row, column) in enumerate(corners):
        figure.add_annotation(
            x=column - 0.5, y=row - 0.6, xanchor="left", yanchor="bottom", showarrow=False, text=_layers(block + 1)
        )
    shown = sorted({0, n_widths // 2 - 1, n_widths - 1} & set(range(n_widths)))
    figure.update_xaxes(
        title={"text": "d_model", "standoff": 24},  # below the ticks and never between them
        tickvals=[block * wide + place for block in range(n_columns) for place in shown],
        ticktext=[str(widths[place]) for place in shown] * n_columns,
        range=[-0.6, values.shape[1] - 0.4],
        ticks="",
    )
    marks = sorted({0, n_heads - 1})
    figure.update_yaxes(
        title_text="heads",
        tickvals=[block * tall + 1 + head for block in range(n_rows) for head in marks],
        ticktext=[str(head + 1) for head in marks] * n_rows,
        range=[len(values) - 1.4, -0.6],
        ticks="",
    )
    return figure.update_layout(margin={"t": LEGEND_PIXELS})


def sizes_finding(accuracy: np.ndarray, widths: Sequence[int], here: tuple[int, int, int]) -> str:
    """Say how accurate the marked shape is, and which shapes are least and most accurate."""

    def said(at: int) -> str:
        layer, head, place = np.unravel_index(at, accuracy.shape)
        shape = shape_in_words(int(layer) + 1, int(head) + 1, widths[int(place)])
        return f"{shape}, accuracy {number(float(accuracy[layer, head, place]))}"

    mine = np.ravel_multi_index((here[0] - 1, here[1] - 1, list(widths).index(here[2])), accuracy.shape)
    lowest, highest = said(int(accuracy.argmin())), said(int(accuracy.argmax()))
    return f"You are here: {said(int(mine))}. Lowest: {lowest}. Highest: {highest}."


def check_sizes(accuracy: np.ndarray, widths: Sequence[int], here: tuple[int, int, int]) -> None:
    """Raise ValueError unless the table has an entry for each width, and one for the marked shape."""
    if accuracy.ndim != 3 or accuracy.shape[2] != len(widths) or not accuracy.size:
        raise ValueError(
            f"accuracy has the shape {accuracy.shape} for {len(widths)} widths; it must be [layers, heads, width]. "
            "Take both from one table."
        )
    if not (1 <= here[0] <= accuracy.shape[0] and 1 <= here[1] <= accuracy.shape[1] and here[2] in widths):
        raise ValueError(
            f"The shape to mark is {here}; allowed are 1 to {accuracy.shape[0]} layers, 1 to {accuracy.shape[1]} heads "
            f"and a d_model of {', '.join(map(str, widths))}. Mark one of the table's shapes."
        )


def shape_in_words(layers: int, heads: int, width: int) -> str:
    """Return a shape for reading.

    >>> shape_in_words(1, 4, 64)
    '1 layer, 4 heads, d_model 64'
    """
    return f"{_layers(layers)}, {heads} {'head' if heads == 1 else 'heads'}, d_model {width}"


def _layers(layers: int) -> str:
    return f"{layers} {'layer' if layers == 1 else 'layers'}"


def _frame_around(corner: tuple[int, int], head: int, width: int) -> list[go.Scatter]:
    """Return a dark and a light frame, one upon the other: whatever the colour of the cell, one of them is seen."""
    row, column = corner[0] + head, corner[1] + width
    right, below = column + 0.5, row + 0.5
    left, above = column - 0.5, row - 0.5
    return [
        go.Scatter(
            x=(left, right, right, left, left),
            y=(above, above, below, below, above),
            mode="lines",
            line={"color": colour(meaning), "width": pixels},
            hoverinfo="skip",
        )
        for meaning, pixels in (("emphasis", 7), ("guide", 3))
    ]
