"""How alike the encodings of two positions are: the dot product of every position with every other."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from pages.charts.labels import token_labels
from pages.charts.limits import ColourLimits
from pages.charts.maps import token_rows_map


def gram(products: np.ndarray, tokens: Sequence[str], limits: ColourLimits | None = None) -> go.Figure:
    """Draw products [position, position]; where only the offset counts, every diagonal has a single colour.

    Raises:
        ValueError: if the products are not one row and one column per token.
    """
    if products.shape != (len(tokens), len(tokens)):
        raise ValueError(
            f"products have the shape {products.shape} for {len(tokens)} tokens; "
            "they must be [position, position], one row and one column per token."
        )
    hover = "P of %{y}<br>· P of %{x}<br>= %{z:.4f}"
    figure = token_rows_map(products, tokens, axes="position, position", kind="diverging", hover=hover, limits=limits)
    figure.update_xaxes(tickvals=np.arange(len(tokens)), ticktext=token_labels(tokens), tickangle=-60, ticks="")
    if len(tokens) > 32:  # the labels would lie on top of one another, or stretch the diagonals; pointing reads them
        figure.update_xaxes(showticklabels=False).update_yaxes(showticklabels=False)
        figure.update_layout(height=560, margin_l=40)  # room for the number at the legend's left end
    return figure
