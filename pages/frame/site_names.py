"""The sites of the residual stream in words, the same on every page: trace paths in, words out."""

from collections.abc import Sequence

_SUBLAYERS = {"attention": "attention", "feed_forward": "the feed-forward network"}
_WORDS = {
    "embedding.sum": "x₀, the embedding",
    "embedding.norm": "after the embedding's LayerNorm",
    "final_norm": "after the final LayerNorm",
}


def sites_in_words(paths: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return every site's name, and the short label of the layer that it belongs to."""
    return [site_name(path) for path in paths], [site_group(path) for path in paths]


def site_name(path: str) -> str:
    """Return in words where in the network a tensor stands.

    >>> site_name("layers.0.attention_residual")
    'layer 0, after attention was added'
    >>> site_name("layers.2.feed_forward_norm.output")
    "layer 2, after the feed-forward network's LayerNorm"
    >>> site_name("layers.1.attention.output")
    'layer 1, attention'
    >>> site_name("final_norm.output"), site_name("embedding.sum")
    ('after the final LayerNorm', 'x₀, the embedding')
    """
    if not path.startswith("layers."):
        return _WORDS[path if path in _WORDS else path.rpartition(".")[0]]
    _, layer, part, *_ = path.split(".")
    kind = next(kind for kind in _SUBLAYERS if part.startswith(kind))
    sublayer = _SUBLAYERS[kind]
    words = {"": sublayer, "_residual": f"after {sublayer} was added", "_norm": f"after {sublayer}'s LayerNorm"}
    return f"layer {layer}, {words[part.removeprefix(kind)]}"


def site_group(path: str) -> str:
    """Return the short label of the layer that a site belongs to; x₀ stands for the embedding.

    >>> site_group("embedding.sum"), site_group("layers.3.attention_residual"), site_group("final_norm.output")
    ('x₀', 'layer 3', 'LN')
    """
    if path.startswith("layers."):
        return f"layer {path.split('.')[1]}"
    return "x₀" if path.startswith("embedding.") else "LN"
