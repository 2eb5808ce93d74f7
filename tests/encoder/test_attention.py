"""Attention is the paper's formula, torch's kernel, and a case worked by hand."""

import pytest
import torch
from torch.nn.functional import multi_head_attention_forward, scaled_dot_product_attention
from torch.testing import assert_close

from encoder import Encoder
from encoder.attention import Attention
from encoder.edits import UNEDITED
from tests.encoder.conftest import LENGTH, prime_config, some_mask, some_tokens


@pytest.mark.parametrize("masked", [False, True])
def test_context_equals_torchs_scaled_dot_product_attention(masked: bool, norm: str) -> None:
    config = prime_config(norm=norm)
    mask = some_mask() if masked else None
    trace = Encoder(config).double()(some_tokens(config), mask)
    for layer in trace.layers:
        attention = layer.attention
        allowed = None if mask is None else mask[:, None, None, :]
        expected = scaled_dot_product_attention(attention.query, attention.key, attention.value, attn_mask=allowed)
        assert_close(attention.context, expected)


@pytest.mark.parametrize("masked", [False, True])
def test_output_and_weights_equal_torchs_multi_head_attention(masked: bool) -> None:
    config = prime_config(d_model=15, d_head=5)
    torch.manual_seed(0)
    attention, x = Attention(config).double(), torch.randn(2, LENGTH, 15, dtype=torch.float64)
    with torch.no_grad():
        for parameter in attention.parameters():
            parameter.normal_()
    mask = some_mask() if masked else None
    trace = attention(x, mask, UNEDITED)
    output, weights = multi_head_attention_forward(
        *[x.transpose(0, 1)] * 3,
        embed_dim_to_check=15,
        num_heads=3,
        in_proj_weight=torch.cat([attention.W_Q, attention.W_K, attention.W_V], dim=1).T,
        in_proj_bias=torch.cat([attention.b_Q, attention.b_K, attention.b_V]),
        bias_k=None,
        bias_v=None,
        add_zero_attn=False,
        dropout_p=0.0,
        out_proj_weight=attention.W_O.T,
        out_proj_bias=attention.b_O,
        training=False,
        key_padding_mask=None if mask is None else ~mask,
        average_attn_weights=False,
    )
    assert_close(trace.output, output.transpose(0, 1))
    assert_close(trace.weights, weights)


def test_it_is_the_hand_worked_two_by_two() -> None:
    """One head of size 4, W_Q = W_K = W_V = W_O = I: x = ((2, 0, 0, 0), (0, 2·ln 3, 0, 0)) has scores x·xᵀ/2."""
    attention = Attention(prime_config(d_model=4, n_heads=1, d_head=4)).double()
    with torch.no_grad():
        for name, parameter in attention.named_parameters():
            parameter.copy_(torch.eye(4) if name.startswith("W") else torch.zeros(4))
    ln3 = torch.tensor(3.0, dtype=torch.float64).log().item()
    x = torch.tensor([[[2.0, 0, 0, 0], [0, (2 * ln3) ** 0.5, 0, 0]]], dtype=torch.float64)
    trace = attention(x, None, UNEDITED)
    assert_close(trace.scores[0, 0], torch.tensor([[2.0, 0.0], [0.0, ln3]], dtype=torch.float64))
    e2 = torch.tensor(2.0, dtype=torch.float64).exp().item()
    weights = torch.tensor([[e2 / (e2 + 1), 1 / (e2 + 1)], [1 / 4, 3 / 4]], dtype=torch.float64)
    assert_close(trace.weights[0, 0], weights)
    assert_close(trace.output[0], weights @ x[0])


def test_rows_of_weights_sum_to_one(norm: str) -> None:
    config = prime_config(norm=norm)
    for layer in Encoder(config).double()(some_tokens(config), some_mask()).layers:
        assert_close(layer.attention.weights.sum(-1), torch.ones(2, 3, LENGTH, dtype=torch.float64))


def test_masked_keys_receive_no_weight() -> None:
    config = prime_config()
    for layer in Encoder(config)(some_tokens(config), some_mask()).layers:
        assert torch.equal(layer.attention.weights[1, :, :, -3:], torch.zeros(3, LENGTH, 3))
        assert (layer.attention.masked_scores[1, :, :, -3:] == -torch.inf).all()


def test_without_a_mask_the_scores_pass_unchanged() -> None:
    config = prime_config()
    attention = Encoder(config)(some_tokens(config)).layers[0].attention
    assert torch.equal(attention.scores, attention.masked_scores)


def test_scaling_keeps_the_spread_of_scores_at_one() -> None:
    """q·k of independent N(0, 1) vectors has variance d_head (Vaswani et al. 2017 §3.2.1, footnote 4)."""
    torch.manual_seed(0)
    q, k = torch.randn(2, 20_000, 64, dtype=torch.float64)
    dot_products = (q * k).sum(-1)
    assert dot_products.var().item() == pytest.approx(64, rel=0.05)
    assert (dot_products / 8).var().item() == pytest.approx(1, rel=0.05)
