"""What a LayerNorm has learned: for each dimension, how much it stretches and by how much it shifts."""

import numpy as np
import plotly.graph_objects as go

from pages.charts.limits import number
from pages.charts.theme import colour, styled, with_legend


def gain_and_shift(gamma: np.ndarray, beta: np.ndarray) -> go.Figure:
    """Draw two marks per dimension: a disc for γ, which multiplies, and an open diamond for β, which is added.

    Raises:
        ValueError: if there is not one γ and one β per dimension.
    """
    if not gamma.shape == beta.shape == (gamma.size,):
        raise ValueError(f"γ and β have the shapes {gamma.shape} and {beta.shape}; both must be [dimension].")
    figure = go.Figure()
    for values, name, symbol, meaning in (
        (gamma, "γ", "circle", "residual"),
        (beta, "β", "diamond-open", "emphasis"),
    ):
        figure.add_scatter(
            x=np.arange(gamma.size, dtype=np.float32),
            y=np.asarray(values, np.float32),
            mode="markers",
            name=name,
            marker={"size": 7, "symbol": symbol, "color": colour(meaning)},
            hovertemplate=f"dimension %{{x}}<br>{name} = %{{y:.4f}}<extra></extra>",
        )
    styled(figure, height=260)
    figure.update_xaxes(title_text="dimension", tickformat="d", range=[-1, gamma.size])
    figure.update_yaxes(showgrid=True)
    return with_legend(figure)


def gain_and_shift_finding(gamma: np.ndarray, beta: np.ndarray) -> str:
    """Say how far γ and β reach.

    >>> gain_and_shift_finding(np.array([1.0, 2.0]), np.array([0.0, -0.5]))
    'γ runs from 1.00 to 2.00 over 2 dimensions, β from −0.500 to 0.'
    """
    bounds = [number(bound) for values in (gamma, beta) for bound in (values.min(), values.max())]
    return f"γ runs from {bounds[0]} to {bounds[1]} over {gamma.size} dimensions, β from {bounds[2]} to {bounds[3]}."
