"""A token map shows a table of numbers, one row per token, without waiting for the server: the Live page's small maps.

The numbers go to the browser once; pointing, the keyboard and the choice of the colours' range work there.
"""

import json
import zlib
from collections.abc import Sequence
from typing import TypedDict

import numpy as np
import streamlit as st

from pages.views.payload import pack
from pages.views.standalone import standalone
from pages.views.view_code import view_code

NOTE = "Every number of this map is in this file, in full."
CODE = view_code("token_map")
_COMPONENT = st.components.v2.component("token_map", html=CODE.html, css=CODE.css, js=CODE.js)


class Words(TypedDict):
    """What a token map says about its numbers; see `token_map`."""

    columns: Sequence[str]
    ticks: Sequence[tuple[int, str]]
    title: str
    name: str
    signed: bool


def position_map(tokens: Sequence[str], encoding: np.ndarray, *, widget_key: str = "position_map") -> None:
    """Draw the position encoding [token, dimension] that was added to each token.

    Raises:
        ValueError: if there is not one row per token.
    """
    token_map(tokens, encoding, **_of_positions(encoding), widget_key=widget_key)


def position_file(title: str, tokens: Sequence[str], encoding: np.ndarray) -> str:
    """Return the map of the position encoding as a file of its own."""
    return standalone(title, NOTE, CODE, token_map_payload(tokens, encoding, **_of_positions(encoding)))


def residual_map(
    tokens: Sequence[str],
    norms: np.ndarray,
    sites: Sequence[str],
    groups: Sequence[str],
    *,
    widget_key: str = "residual_map",
) -> None:
    """Draw the length ‖x‖ [token, site] of each token's vector at every site of the residual stream.

    Args:
        tokens: the pieces of the sentence.
        norms: one row per token, one column per site.
        sites: each site in words, such as "layer 0, after attention was added".
        groups: the short label of the layer that each site belongs to, such as "layer 0".
        widget_key: the name of this view on its page.

    Raises:
        ValueError: if rows are not tokens or columns are not sites.
    """
    token_map(tokens, norms, **_of_sites(sites, groups), widget_key=widget_key)


def residual_file(
    title: str, tokens: Sequence[str], norms: np.ndarray, sites: Sequence[str], groups: Sequence[str]
) -> str:
    """Return the map of the lengths as a file of its own."""
    return standalone(title, NOTE, CODE, token_map_payload(tokens, norms, **_of_sites(sites, groups)))


def _of_positions(encoding: np.ndarray) -> Words:
    n_dimensions = encoding.shape[-1]
    return {
        "columns": [f"dimension {dimension}" for dimension in range(n_dimensions)],
        "ticks": [(dimension, str(dimension)) for dimension in range(0, n_dimensions, 8)],
        "title": "What each position adds",
        "name": "P",
        "signed": True,
    }


def _of_sites(sites: Sequence[str], groups: Sequence[str]) -> Words:
    first_of_group = [(site, group) for site, group in enumerate(groups) if site == 0 or groups[site - 1] != group]
    return {
        "columns": sites,
        "ticks": first_of_group,
        "title": "How long each token’s vector is",
        "name": "‖x‖",
        "signed": False,
    }


def token_map(
    tokens: Sequence[str],
    values: np.ndarray,
    *,
    columns: Sequence[str],
    ticks: Sequence[tuple[int, str]],
    title: str,
    name: str,
    signed: bool,
    widget_key: str,
) -> None:
    """Draw values [token, column] as colours: about zero if they are signed, from zero if they are sizes.

    Args:
        tokens: what stands in each row; a token is known by its position, never by its text.
        values: one row per token.
        columns: each column in words, as it is read out beside a number.
        ticks: (column, label) for the columns that get a label below the map.
        title: what the map shows.
        name: the symbol of a number, such as "‖x‖".
        signed: whether the numbers can be negative.
        widget_key: the name of this view on its page.

    Raises:
        ValueError: if the values are not one row per token and one column per name.
    """
    payload = token_map_payload(tokens, values, columns=columns, ticks=ticks, title=title, name=name, signed=signed)
    _COMPONENT(data=payload, key=widget_key)


def token_map_payload(
    tokens: Sequence[str],
    values: np.ndarray,
    *,
    columns: Sequence[str],
    ticks: Sequence[tuple[int, str]],
    title: str,
    name: str,
    signed: bool,
) -> bytes:
    """Pack what a token map draws; the header's digest tells whether two payloads hold the same numbers."""
    if values.shape != (len(tokens), len(columns)) or not values.size:
        raise ValueError(
            f"values have the shape {values.shape} for {len(tokens)} tokens and {len(columns)} columns; they must be "
            "[token, column]. Leave the batch axis out, and take tokens and values from one trace."
        )
    numbers = np.ascontiguousarray(values, np.float32)
    header = {
        "tokens": list(tokens),
        "columns": list(columns),
        "ticks": [list(tick) for tick in ticks],
        "title": title,
        "name": name,
        "signed": signed,
    }
    digest = zlib.crc32(numbers.tobytes(), zlib.crc32(json.dumps(header).encode()))
    return pack({**header, "digest": f"{digest:08x}"}, {"values": numbers})
