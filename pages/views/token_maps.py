"""Token maps show tables of numbers, one row per token, without waiting for the server: the Live page's small maps.

Maps that stand side by side travel as one: for the server and the browser, each component has its price. The numbers go
to the browser once; pointing, the keyboard and the choice of the colours' range work there.
"""

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pages.views.payload import pack
from pages.views.standalone import standalone
from pages.views.view_code import view_code

NOTE = "Every number of this map is in this file, in full."
CODE = view_code("token_maps", "view", "colours", "fading")


@dataclass(frozen=True, eq=False)
class TokenMap:
    """Numbers [token, column], drawn as colours: about zero if they are signed, from zero if they are sizes.

    Args:
        tokens: what stands in each row; a token is known by its position, never by its text.
        values: one row per token.
        columns: each column in words, as it is read out beside a number.
        ticks: (column, label) for the columns that get a label below the map.
        title: what the map shows.
        name: the symbol of a number, such as "‖x‖".
        signed: whether the numbers can be negative.

    Raises:
        ValueError: if the values are not one row per token and one column per name.
    """

    tokens: Sequence[str]
    values: np.ndarray
    columns: Sequence[str]
    ticks: Sequence[tuple[int, str]]
    title: str
    name: str
    signed: bool

    def __post_init__(self) -> None:
        if self.values.shape != (len(self.tokens), len(self.columns)) or not self.values.size:
            raise ValueError(
                f"values have the shape {self.values.shape} for {len(self.tokens)} tokens and {len(self.columns)} "
                "columns; they must be [token, column]. Leave the batch axis out, and take tokens and values from one "
                "trace."
            )

    @property
    def numbers(self) -> np.ndarray:
        """The values as they travel."""
        return np.ascontiguousarray(self.values, np.float32)

    def header(self) -> dict[str, Any]:
        """Return the words of the map, and a digest that tells whether two maps show the same."""
        words = {
            "tokens": list(self.tokens),
            "columns": list(self.columns),
            "ticks": [list(tick) for tick in self.ticks],
            "title": self.title,
            "name": self.name,
            "signed": self.signed,
        }
        digest = zlib.crc32(self.numbers.data, zlib.crc32(json.dumps(words).encode()))
        return {**words, "digest": f"{digest:08x}"}


def position_map(tokens: Sequence[str], encoding: np.ndarray) -> TokenMap:
    """Return the map of the position encoding [token, dimension] that was added to each token."""
    n_dimensions = encoding.shape[-1]
    return TokenMap(
        tokens,
        encoding,
        columns=[f"dimension {dimension}" for dimension in range(n_dimensions)],
        ticks=[(dimension, str(dimension)) for dimension in range(0, n_dimensions, 8)],
        title="What each position adds",
        name="P",
        signed=True,
    )


def residual_map(tokens: Sequence[str], norms: np.ndarray, sites: Sequence[str], groups: Sequence[str]) -> TokenMap:
    """Return the map of the length ‖x‖ [token, site] of each token's vector at every site of the residual stream.

    `sites` has each site in words, such as "layer 0, after attention was added"; `groups` the short label of the layer
    that it belongs to, such as "layer 0".
    """
    first_of_group = [(site, group) for site, group in enumerate(groups) if site == 0 or groups[site - 1] != group]
    return TokenMap(
        tokens,
        norms,
        columns=sites,
        ticks=first_of_group,
        title="How long each token’s vector is",
        name="‖x‖",
        signed=False,
    )


def position_file(title: str, tokens: Sequence[str], encoding: np.ndarray) -> str:
    """Return the map of the position encoding as a file of its own."""
    return _file(title, position_map(tokens, encoding))


def residual_file(
    title: str, tokens: Sequence[str], norms: np.ndarray, sites: Sequence[str], groups: Sequence[str]
) -> str:
    """Return the map of the lengths as a file of its own."""
    return _file(title, residual_map(tokens, norms, sites, groups))


def _file(title: str, shown: TokenMap) -> str:
    return standalone(title, NOTE, CODE, token_maps_payload([shown]))


def small_maps_payload(
    tokens: Sequence[str],
    *,
    norms: np.ndarray,
    sites: Sequence[str],
    groups: Sequence[str],
    encoding: np.ndarray | None = None,
) -> bytes:
    """Pack the map of the position encoding, if there is one, and that of the lengths."""
    added = [] if encoding is None else [position_map(tokens, encoding)]
    return token_maps_payload([*added, residual_map(tokens, norms, sites, groups)])


def token_maps_payload(maps: Sequence[TokenMap]) -> bytes:
    """Pack what the maps show: in the header the words of each, and its numbers as the array of its place."""
    return pack({"maps": [shown.header() for shown in maps]}, {str(i): shown.numbers for i, shown in enumerate(maps)})
