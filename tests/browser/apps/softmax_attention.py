"""Attention of made-up tokens in a few lines of NumPy: the numbers that the attention view is given in its tests."""

from dataclasses import dataclass, field, replace

import numpy as np

PLAIN = ("[CLS]", "the", "cat", "want", "##ed", "the", "mat", "[SEP]")
UNKNOWN = ("[CLS]", "[UNK]", "[UNK]", "the", "dog", "[MASK]", "[SEP]")
HOSTILE = (
    "[CLS]",
    "<script>alert(1)</script>",
    '<img src="x" onerror="alert(2)">',
    "<b>",
    "![](/x.png)",
    "$x$",
    ":red[x]",
    "مرحبا",
    "e\u0301\u0327",
    "👩‍👩‍👧",
    "\x00\x07",
    "\u202eabc",
    "the",
    "the",
    "the",
    "a" * 100,
    "[SEP]",
)


@dataclass(frozen=True)
class SoftmaxAttention:
    """What the attention view takes, as the trace of a forward pass would hold it."""

    tokens: tuple[str, ...]
    query: np.ndarray
    key: np.ndarray
    value: np.ndarray
    dot_products: np.ndarray
    scores: np.ndarray
    weights: np.ndarray
    typed: dict[int, str] = field(default_factory=dict)

    @property
    def kinds(self) -> list[str]:
        """What each token is."""
        kinds = {"[UNK]": "unknown", **dict.fromkeys(("[CLS]", "[SEP]", "[MASK]"), "special")}
        return [kinds.get(token, "piece" if token.startswith("##") else "word") for token in self.tokens]


def softmax_attention(
    tokens: tuple[str, ...], n_layers: int = 3, n_heads: int = 2, d_head: int = 5, seed: int = 0
) -> SoftmaxAttention:
    """Compute attention in float32."""
    shape = (n_layers, n_heads, len(tokens), d_head)
    query, key, value = np.random.default_rng(seed).normal(size=(3, *shape)).astype(np.float32)
    dot_products = query @ key.swapaxes(-1, -2)
    scores = dot_products / np.sqrt(np.float32(d_head))
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights = exponentials / exponentials.sum(axis=-1, keepdims=True)
    return SoftmaxAttention(tokens, query, key, value, dot_products, scores, weights)


EXAMPLES = {
    "plain": softmax_attention(PLAIN),
    "other": softmax_attention(PLAIN, seed=1),
    "short": softmax_attention(("[CLS]", "cat", "[SEP]"), n_layers=2, n_heads=1, d_head=3),
    "unknown": replace(softmax_attention(UNKNOWN), typed={1: "שלום", 2: "<b>犬</b>\u2069"}),
    "hostile": softmax_attention(HOSTILE),
    "long": softmax_attention(tuple(f"word{i}" for i in range(128)), n_layers=12, n_heads=16, d_head=2),
}
