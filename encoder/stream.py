"""Who reads what: the residual stream's way through the encoder, as paths of the trace."""

from encoder.config import EncoderConfig, Norm

LAYER_READS: dict[Norm, dict[str, str]] = {
    "post": {
        "attention": "x",
        "attention_residual": "x",
        "attention_norm": "attention_residual",
        "feed_forward": "attention_norm.output",
        "feed_forward_residual": "attention_norm.output",
        "feed_forward_norm": "feed_forward_residual",
    },
    "pre": {
        "attention_norm": "x",
        "attention": "attention_norm.output",
        "attention_residual": "x",
        "feed_forward_norm": "attention_residual",
        "feed_forward": "feed_forward_norm.output",
        "feed_forward_residual": "attention_residual",
    },
}
"""For each part of a layer, in the order of computation, the x of its equations; "x" is what enters the layer."""


def stream_after(n_layers: int, config: EncoderConfig) -> str:
    """The path of the residual stream behind so many layers; behind none, it is what the embedding hands over.

    >>> stream_after(2, EncoderConfig(vocab_size=11, d_model=8, n_heads=2, n_layers=3, norm="pre"))
    'layers.1.feed_forward_residual'
    """
    if n_layers == 0:
        return "embedding.norm.output" if config.embedding_norm else "embedding.sum"
    last = "feed_forward_norm.output" if config.norm == "post" else "feed_forward_residual"
    return f"layers.{n_layers - 1}.{last}"


def stream_into(path: str, config: EncoderConfig) -> str:
    """The path of the x in the equation of the tensor at this path.

    >>> config = EncoderConfig(vocab_size=11, d_model=8, n_heads=2, n_layers=3)
    >>> stream_into("layers.1.attention.query", config), stream_into("layers.1.attention_norm.mean", config)
    ('layers.0.feed_forward_norm.output', 'layers.1.attention_residual')
    """
    match path.split("."):
        case ["embedding", "norm", _]:
            return "embedding.sum"
        case ["layers", layer, part, *_]:
            read = LAYER_READS[config.norm][part]
            return stream_after(int(layer), config) if read == "x" else f"layers.{layer}.{read}"
        case ["prediction", "norm", _]:
            return "prediction.activation"
        case ["prediction", _] if config.norm == "pre":
            return "final_norm.output"
        case ["final_norm" | "prediction", _]:
            return stream_after(config.n_layers, config)
    raise ValueError(f"{path!r} reads no stream; its sources have names of their own.")
