"""The x axis of everything that is measured along the residual stream: its sites, in the order of computation."""

from collections.abc import Sequence
from itertools import groupby

import numpy as np
import plotly.graph_objects as go

from pages.charts.theme import colour


def site_columns(figure: go.Figure, sites: Sequence[str], groups: Sequence[str]) -> go.Figure:
    """Give a figure one column per site: pointing names the site, and the labels below name the layers.

    Args:
        figure: the chart; its x values are 0, 1, 2, … in the order of the sites.
        sites: each site in words, such as "layer 0, after attention was added".
        groups: the short label of the layer (or of the embedding) that each site belongs to.
    """
    figure.update_xaxes(
        tickvals=np.arange(len(sites)),
        ticktext=list(sites),
        showticklabels=False,  # far too long to stand side by side; hovering reads them
        ticks="",
        range=[-0.5, len(sites) - 0.5],
        automargin=False,
    )
    many = len(set(groups)) > 8
    label: dict[str, object] = {"y": 0, "yref": "paper", "yanchor": "top", "showarrow": False}
    label["font"] = {"color": colour("emphasis"), "size": 13}
    start = 0
    for group, members in groupby(groups):
        width = len(list(members))
        text = group.removeprefix("layer ") if many else group
        figure.add_annotation(x=start + (width - 1) / 2, text=text, **label)
        if start:
            figure.add_vline(x=start - 0.5, line_width=1, line_color=colour("quiet"), line_dash="dot")
        start += width
    if many:
        figure.add_annotation(x=0.5, xref="paper", text="layer", yshift=-20, **label)
    return figure.update_layout(margin={"b": 48 if many else 28})
