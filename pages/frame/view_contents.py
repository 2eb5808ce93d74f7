"""What the views show of a forward pass, by the names of their arguments."""

from collections.abc import Callable
from typing import Any

from encoder.analysis import residual_norms
from encoder.tokenizer import Encoding, continues_word
from pages.frame.examples import opening_of
from pages.frame.forward_pass import ForwardPass
from pages.frame.site_names import sites_in_words
from pages.frame.trained_figures import jobs_of

Contents = Callable[[ForwardPass], dict[str, Any]]


def attention_contents(shown: ForwardPass) -> dict[str, Any]:
    """Return what makes the attention weights of every layer and head, and the weights; and what each token is.

    With them come the place at which an example opens, and what each head does over captions, or None.
    """
    names = ("query", "key", "value", "dot_products", "weights")
    return {
        "kinds": kinds_of(shown.encoding),
        "typed": dict(unknown_words(shown)),
        **{name: shown.of_every_layer(f"attention.{name}") for name in names},
        "opening": opening_of(shown),
        "jobs": jobs_of(shown.settings),
    }


def kinds_of(encoding: Encoding) -> list[str]:
    """Return what each token is: special, unknown, a piece that continues a word, or a word."""
    told = zip(encoding.pieces, encoding.is_special, encoding.is_unknown, strict=True)
    return [
        "special" if is_special else "unknown" if is_unknown else "piece" if continues_word(piece) else "word"
        for piece, is_special, is_unknown in told
    ]


def unknown_words(shown: ForwardPass) -> tuple[tuple[int, str], ...]:
    """Return the place of each unknown token, and what was typed there: the token itself does not tell."""
    told = enumerate(zip(shown.encoding.is_unknown, shown.encoding.spans, strict=True))
    return tuple(
        (place, shown.settings.sentence[start:end]) for place, (is_unknown, (start, end)) in told if is_unknown
    )


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
