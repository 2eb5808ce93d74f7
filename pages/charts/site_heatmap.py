"""One number per token and site of the residual stream, as a coloured map."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from pages.charts.maps import token_rows_map
from pages.charts.sites import site_columns


def site_heatmap(
    values: np.ndarray,
    tokens: Sequence[str],
    sites: Sequence[str],
    groups: Sequence[str],
    *,
    name: str,
    kind: str = "sequential",
    rescale: bool = False,
) -> go.Figure:
    """Draw values [token, site]; pointing at a cell names the token, the site and the number.

    Args:
        values: one row per token, one column per site.
        tokens: what stands in each row.
        sites: each site in words.
        groups: the short label of the layer that each site belongs to.
        name: what a cell holds, such as "‖x‖".
        kind: "sequential" for sizes, "diverging" for signed numbers.
        rescale: let a sequential scale begin at the smallest value instead of zero.

    Raises:
        ValueError: if rows are not tokens or columns are not sites, or for any other kind of scale.
    """
    check_sites(values, sites, groups)
    hover = f"token %{{y}}<br>%{{x}}<br>{name} = %{{z:.4f}}"
    figure = token_rows_map(values, tokens, axes="token, site", kind=kind, rescale=rescale, hover=hover)
    return site_columns(figure, sites, groups)


def check_sites(values: np.ndarray, sites: Sequence[str], groups: Sequence[str]) -> None:
    """Raise ValueError unless the last axis of the values is the list of sites."""
    if not values.shape[-1:] == (len(sites),) == (len(groups),):
        raise ValueError(
            f"values have the shape {values.shape} for {len(sites)} sites in {len(groups)} groups; "
            "they must be [token, site], and every site needs its group. Take all three from one trace."
        )
