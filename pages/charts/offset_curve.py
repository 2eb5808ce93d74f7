"""Whether the likeness of two positions depends on the distance between them alone."""

import numpy as np
import plotly.graph_objects as go

from pages.charts.theme import colour, styled


def offset_curve(mean: np.ndarray, smallest: np.ndarray, largest: np.ndarray) -> go.Figure:
    """Draw the mean dot product at each offset, and as a band the range over all pairs that far apart.

    A band without width says that the offset is all that counts.

    Args:
        mean: [offset], the mean over all pairs of positions at this distance; offset 0 comes first.
        smallest: [offset], the smallest of them.
        largest: [offset], the largest of them.

    Raises:
        ValueError: if the three do not have the same length.
    """
    if not mean.shape == smallest.shape == largest.shape == (len(mean),):
        raise ValueError(
            f"mean, smallest and largest have the shapes {mean.shape}, {smallest.shape} and {largest.shape}; "
            "they must all be [offset], with one number for each offset."
        )
    offsets = np.arange(len(mean), dtype=np.float32)
    mean, smallest, largest = (np.asarray(line, np.float32) for line in (mean, smallest, largest))
    edge = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    figure = go.Figure(
        [
            go.Scatter(x=offsets, y=smallest, **edge),
            go.Scatter(x=offsets, y=largest, fill="tonexty", fillcolor=colour("guide"), **edge),
            go.Scatter(
                x=offsets,
                y=mean,
                customdata=np.stack([smallest, largest], axis=1),
                mode="lines+markers",
                line={"color": colour("residual"), "width": 2},
                marker={"size": 6, "color": colour("residual")},
                hovertemplate="offset %{x}<br>mean = %{y:.4f}<br>"
                "from %{customdata[0]:.4f} to %{customdata[1]:.4f}<extra></extra>",
            ),
        ]
    )
    figure.update_yaxes(title_text="P(p) · P(q)", showgrid=True)
    figure.update_xaxes(title_text="offset |p − q|", range=[-0.5, len(mean) - 0.5], tickformat="d")
    return styled(figure, height=340)
