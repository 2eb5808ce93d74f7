"""One encoder layer: attention, then the feed-forward network, each added to the residual stream."""

from typing import final

from torch import Tensor, nn

from encoder.attention import Attention
from encoder.config import EncoderConfig
from encoder.edits import PartEdits
from encoder.feed_forward import FeedForward
from encoder.initialization import parts_of
from encoder.normalization import LayerNorm
from encoder.parts import LayerTrace


@final
class Layer(nn.Module):
    """Add to the stream what attention finds, then what the feed-forward network makes of it.

    Post-LN (Vaswani et al. 2017 §3.1):  x ← LN(x + MHA(x)),  x ← LN(x + FFN(x)).
    Pre-LN (Xiong et al. 2020 §3.1):     x ← x + MHA(LN(x)),  x ← x + FFN(LN(x)).
    Shapes: x [batch, token, d_model] -> output [batch, token, d_model].
    """

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.attention = Attention(config)
        self.attention_norm = LayerNorm(config.d_model, config.layer_norm_epsilon)
        self.feed_forward = FeedForward(config)
        self.feed_forward_norm = LayerNorm(config.d_model, config.layer_norm_epsilon)
        self.placement = config.norm

    def forward(self, x: Tensor, key_mask: Tensor | None, edit: PartEdits) -> LayerTrace:
        pass_through = self._post_norm if self.placement == "post" else self._pre_norm
        return pass_through(x, key_mask, edit)

    # The parts are run by `.forward`: no hook may come between, and `__call__` costs as much as a small product.
    def _post_norm(self, x: Tensor, key_mask: Tensor | None, edit: PartEdits) -> LayerTrace:
        attend, norm_1, feed, norm_2 = parts_of(self)

        attention = attend.forward(x, key_mask, edit.inside("attention"))
        attention_residual = edit("attention_residual", x + attention.output)
        attention_norm = norm_1.forward(attention_residual, edit.inside("attention_norm"))

        feed_forward = feed.forward(attention_norm.output, edit.inside("feed_forward"))
        feed_forward_residual = edit("feed_forward_residual", attention_norm.output + feed_forward.output)
        feed_forward_norm = norm_2.forward(feed_forward_residual, edit.inside("feed_forward_norm"))
        return LayerTrace(
            "post",
            attention,
            attention_residual,
            attention_norm,
            feed_forward,
            feed_forward_residual,
            feed_forward_norm,
        )

    def _pre_norm(self, x: Tensor, key_mask: Tensor | None, edit: PartEdits) -> LayerTrace:
        attend, norm_1, feed, norm_2 = parts_of(self)

        attention_norm = norm_1.forward(x, edit.inside("attention_norm"))
        attention = attend.forward(attention_norm.output, key_mask, edit.inside("attention"))
        attention_residual = edit("attention_residual", x + attention.output)

        feed_forward_norm = norm_2.forward(attention_residual, edit.inside("feed_forward_norm"))
        feed_forward = feed.forward(feed_forward_norm.output, edit.inside("feed_forward"))
        feed_forward_residual = edit("feed_forward_residual", attention_residual + feed_forward.output)
        return LayerTrace(
            "pre",
            attention,
            attention_residual,
            attention_norm,
            feed_forward,
            feed_forward_residual,
            feed_forward_norm,
        )
