"""A table of colours whose cells can be chosen by a click."""

import numpy as np
import plotly.graph_objects as go

from pages.charts.theme import colour

FRAME_PIXELS = 18


def choosable(figure: go.Figure) -> go.Figure:
    """Let every cell of a figure's heatmap be chosen; the chosen one is framed.

    Plotly tells which point was clicked, but not which cell. So an unseen point lies on each cell and answers for it,
    also with what the cell says when it is pointed at. Its x is the cell's column, its y the cell's row.
    """
    (cells,) = figure.select_traces({"type": "heatmap"})
    row, column = np.indices(cells.z.shape)
    unseen = {"marker": {"opacity": 0}}
    points = go.Scatter(
        x=column.ravel(),
        y=row.ravel(),
        customdata=np.ravel(cells.customdata),
        hovertemplate=cells.hovertemplate,
        mode="markers",
        marker={"symbol": "square-open", "size": FRAME_PIXELS, "color": colour("emphasis"), "line": {"width": 2}},
        selected={"marker": {"opacity": 1}},
        unselected=unseen,
        showlegend=False,
    )
    points.marker.opacity = 0
    cells.hoverinfo, cells.hovertemplate = "skip", None
    # A click anywhere in a cell chooses it: its point is the nearest one.
    return figure.add_trace(points).update_layout(hoverdistance=-1)
