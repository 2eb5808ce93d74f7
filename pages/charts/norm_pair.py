"""How large the token's own vector is, beside the vector of its position: neither drowns the other, or one does."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from pages.charts.labels import height_of_rows, token_rows
from pages.charts.theme import colour, styled, with_legend


def norm_pair(token_norms: np.ndarray, position_norms: np.ndarray | None, tokens: Sequence[str]) -> go.Figure:
    """Draw two marks per token: a disc for ‖E[t]‖ and an open diamond for ‖P‖; without positions only the disc.

    Raises:
        ValueError: if there is not one norm per token.
    """
    given = [norms for norms in (token_norms, position_norms) if norms is not None]
    if any(norms.shape != (len(tokens),) for norms in given):
        raise ValueError(
            f"The norms have the shapes {', '.join(str(norms.shape) for norms in given)} for {len(tokens)} tokens; "
            "they must be [token], one norm per token."
        )
    figure = go.Figure()
    for norms, name, symbol, meaning in zip(
        given, ("token ‖E[t]‖", "position ‖P‖"), ("circle", "diamond-open"), ("residual", "emphasis"), strict=False
    ):
        figure.add_scatter(
            x=np.asarray(norms, np.float32),
            y=np.arange(len(tokens), dtype=np.float32),
            mode="markers",
            name=name,
            marker={
                "size": 11 if len(tokens) <= 64 else 7,
                "symbol": symbol,
                "color": colour(meaning),
                "line": {"width": 1.5},
            },
            hovertemplate=f"token %{{y}}<br>{name} = %{{x:.4f}}<extra></extra>",
        )
    styled(figure, height_of_rows(len(tokens)))
    figure.update_yaxes(showgrid=True, **token_rows(tokens))
    figure.update_xaxes(title_text="length of the vector", rangemode="tozero")
    return with_legend(figure)
