"""What has changed behind the edits, sorted for a map, and the choice of which part of it is looked at."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import streamlit as st

from encoder import RemoveEdge, UniformHead
from encoder.analysis import relative_changes
from encoder.tokenizer import Encoding
from pages.frame.choices import choose_listed, choose_one
from pages.frame.kept_choice import keep_choice
from pages.frame.knock_out import KnockOut
from pages.frame.token_choice import token_name

ALL, ALL_TOKENS = -1, "all tokens"
ATTENTION_VIEWS = ("After", "Before", "Difference")


@dataclass(frozen=True, eq=False)
class Downstream:
    """Relative changes [site, layer], the (site, layer) of every edited tensor, and the changes outside the layers."""

    sites: tuple[str, ...]
    values: np.ndarray
    edited: frozenset[tuple[int, int]]
    outside: Mapping[str, float]

    @property
    def layers(self) -> list[str]:
        """What to call each layer."""
        return [str(layer) for layer in range(self.values.shape[1])]


def choose_tokens(encoding: Encoding) -> int | None:
    """Draw the choice between all tokens, which is None, and one of them."""
    tokens, key = encoding.pieces, "measured_over"
    places = range(ALL, len(tokens))
    chosen = keep_choice(key, places, ALL, is_linked=False)
    st.selectbox(
        "Measured over",
        places,
        format_func=lambda place: ALL_TOKENS if place == ALL else token_name(place, tokens),
        key=key,
    )
    return None if chosen == ALL else chosen


def choose_view() -> str:
    """Draw the choice of whether attention is shown after the edits, before them, or by how much it has changed."""
    return choose_one("Show", ATTENTION_VIEWS, "attention_of")


def choose_head(now: KnockOut) -> tuple[int, int]:
    """Draw the choice of the layer and the head whose difference is shown: at first one whose attention is edited."""
    config = now.before.trace.config
    places = [(edit.layer, edit.head) for edit in now.edits if isinstance(edit, UniformHead | RemoveEdge)]
    first_layer, first_head = places[0] if places else (config.n_layers - 1, 0)
    with st.container(horizontal=True):
        layer = choose_listed("In layer", range(config.n_layers), "difference_layer", first_layer)
        return layer, choose_listed("In head", range(config.n_heads), "difference_head", first_head)


def downstream_of(now: KnockOut, token: int | None = None) -> Downstream:
    """Compare the passes before and after, over all tokens or at one of them."""
    changes = relative_changes(now.before.trace, now.after.trace)
    by_layer = changes.layer_changes[..., 0] if token is None else changes.layer_token_changes[..., 0, token]
    by_path = changes.changes[:, 0] if token is None else changes.token_changes[:, 0, token]
    sites, n_layers = changes.layer_sites, len(by_layer)
    edited = frozenset(
        (row, layer)
        for row, site in enumerate(sites)
        for layer in range(n_layers)
        if f"layers.{layer}.{site}" in now.edited_paths
    )
    outside = {
        path: float(change)
        for path, change in zip(changes.paths, by_path, strict=True)
        if not path.startswith("layers.")
    }
    return Downstream(sites, by_layer.T.numpy(), edited, outside)
