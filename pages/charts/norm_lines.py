"""How long each token's vector is at every site of the residual stream: one line per token."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from pages.charts.labels import token_labels
from pages.charts.maps import check_rows
from pages.charts.site_heatmap import check_sites
from pages.charts.sites import site_columns
from pages.charts.theme import colour, styled


def norm_lines(
    norms: np.ndarray,
    tokens: Sequence[str],
    sites: Sequence[str],
    groups: Sequence[str],
    *,
    followed: int,
    name: str = "‖x‖",
) -> go.Figure:
    """Draw norms [token, site] as thin grey lines, and the followed token's as a strong one with its label.

    `name` is what to call a norm: another if the sites are not all states of one vector x.

    All thin lines are one trace with gaps, because a trace for each of 128 tokens would be slow to draw.

    Raises:
        ValueError: if rows are not tokens, columns are not sites, or `followed` is no position in the sentence.
    """
    check_rows(norms, tokens, "token, site")
    check_sites(norms, sites, groups)
    if not 0 <= followed < len(tokens):
        raise ValueError(f"followed is {followed}; allowed is a position in the sentence, 0 to {len(tokens) - 1}.")
    labels = token_labels(tokens)
    with_gap = np.pad(np.asarray(norms, np.float32), ((0, 0), (0, 1)), constant_values=np.nan)
    columns = np.arange(with_gap.shape[1], dtype=np.float32)
    hover = f"token %{{text}}<br>%{{x}}<br>{name} = %{{y:.4f}}<extra></extra>"
    figure = go.Figure(
        [
            go.Scatter(
                x=np.tile(columns, len(tokens)),
                y=with_gap.ravel(),
                text=np.repeat(labels, len(columns)),
                mode="lines+markers",
                line={"color": colour("residual"), "width": 1},
                marker={"size": 3, "color": colour("residual")},
                opacity=0.55,
                hovertemplate=hover,
            ),
            go.Scatter(
                x=columns[:-1],
                y=with_gap[followed, :-1],
                text=[labels[followed]] * len(sites),
                mode="lines+markers",
                line={"color": colour("emphasis"), "width": 3},
                marker={"size": 7, "color": colour("emphasis")},
                hovertemplate=hover,
            ),
        ]
    )
    figure.update_yaxes(title_text=name, rangemode="tozero", showgrid=True, gridcolor=colour("guide"))
    return site_columns(styled(figure, height=380), sites, groups)
