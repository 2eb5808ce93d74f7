"""Traces of small encoders for the tests of the encoder map: every size a different prime."""

from dataclasses import dataclass
from functools import lru_cache

import torch

from encoder import Encoder, EncoderConfig, Trace
from encoder.config import Norm

PLAIN = ("[CLS]", "the", "cat", "sat", "on", "the", "[SEP]")
HOSTILE = ("<b>", "the", "<script>alert(1)</script>", "the", '<a href="https://example.com">', "$x$", "שלום")


@dataclass(frozen=True)
class SmallTrace:
    """A sentence, and an encoder that reads it."""

    tokens: tuple[str, ...]
    norm: Norm = "post"
    n_layers: int = 2
    n_heads: int = 3
    d_model: int = 13
    d_head: int = 5
    d_ff: int = 17
    prediction_head: bool = False

    @lru_cache(maxsize=4)  # noqa: B019 - the examples live as long as the process
    def trace(self) -> Trace:
        """Every tensor of the pass; the same one each time."""
        config = EncoderConfig(
            vocab_size=31,
            d_model=self.d_model,
            n_heads=self.n_heads,
            n_layers=self.n_layers,
            d_head=self.d_head,
            d_ff=self.d_ff,
            norm=self.norm,
            prediction_head=self.prediction_head,
        )
        token_ids = torch.arange(len(self.tokens))[None] * 7 % 31
        with torch.inference_mode():
            return Encoder(config)(token_ids)


EXAMPLES = {
    "plain": SmallTrace(PLAIN),
    "pre": SmallTrace(PLAIN, norm="pre"),
    "hostile": SmallTrace(HOSTILE),
    "predicting": SmallTrace(PLAIN, norm="pre", prediction_head=True),
    "large": SmallTrace(tuple(f"word{i}" for i in range(128)), "post", 12, 16, 512, 32, 2048),
}
