"""What the views show of a forward pass, by the names of their arguments."""

from collections.abc import Callable
from typing import Any

from encoder.analysis import residual_norms
from pages.frame.examples import opening_of
from pages.frame.forward_pass import ForwardPass
from pages.frame.site_names import sites_in_words
from pages.frame.trained_figures import jobs_of

Contents = Callable[[ForwardPass], dict[str, Any]]


def attention_contents(shown: ForwardPass) -> dict[str, Any]:
    """Return what makes the attention weights of every layer and head, and the weights.

    With them come the place at which an example opens, and what each head does over captions, or None.
    """
    names = ("query", "key", "value", "dot_products", "weights")
    return {
        **{name: shown.of_every_layer(f"attention.{name}") for name in names},
        "opening": opening_of(shown),
        "jobs": jobs_of(shown.settings),
    }


def position_contents(shown: ForwardPass) -> dict[str, Any]:
    """Return the position encoding that was added."""
    return {"encoding": shown.trace["embedding.position"].numpy()}


def residual_contents(shown: ForwardPass) -> dict[str, Any]:
    """Return the length of every token's vector at every site of the residual stream."""
    measured = residual_norms(shown.trace)
    sites, groups = sites_in_words(measured.sites)
    return {"norms": measured.norms[:, 0].T.numpy(), "sites": sites, "groups": groups}


def small_maps_contents(shown: ForwardPass) -> dict[str, Any]:
    """Return the length of every token's vector at every site and, if there are positions, what they added."""
    added = {} if shown.settings.positions == "none" else position_contents(shown)
    return residual_contents(shown) | added
