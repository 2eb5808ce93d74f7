"""What the literature says of encoders holds for this one, with its numbers."""

from dataclasses import replace
from math import log, sqrt

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from encoder import Edits, Encoder, EncoderConfig, Limits, Replace, Trace
from encoder.analysis import attention_entropy, head_contributions, residual_norms
from encoder.weights import skeleton
from tests.encoder.conftest import prime_config, some_tokens

MINILM = EncoderConfig(
    vocab_size=30_522,
    d_model=384,
    n_heads=12,
    n_layers=6,
    max_length=512,
    positions="learned",
    embedding_norm=True,
    limits=Limits(max_length=512),
)


def n_parameters(module: torch.nn.Module) -> int:
    return sum(values.numel() for values in module.parameters())


def weights_at_temperature(temperature: float) -> tuple[Tensor, Tensor]:
    """The first layer's weights with its scores divided by the temperature, and the scores."""
    config = prime_config()
    encoder, ids = Encoder(config).double(), some_tokens(config)
    scores = encoder(ids).layers[0].attention.scores.detach()
    edit = Edits((Replace("layers.0.attention.masked_scores", scores / temperature),))
    return encoder(ids, edit=edit).layers[0].attention.weights, scores


def test_cold_attention_looks_at_one_key_and_hot_attention_at_all_alike() -> None:
    cold, scores = weights_at_temperature(1e-9)
    assert_close(cold, torch.nn.functional.one_hot(scores.argmax(dim=-1), 11).double())
    hot, _ = weights_at_temperature(1e9)
    assert_close(hot, torch.full_like(hot, 1 / 11), rtol=1e-6, atol=0)


@pytest.mark.parametrize(
    ("scaled", "variance", "largest_weight", "relative_entropy"), [(False, 64, 0.84, 0.15), (True, 1, 0.25, 0.85)]
)
def test_scaling_keeps_wide_heads_from_seeing_one_key_only(
    scaled: bool, variance: float, largest_weight: float, relative_entropy: float
) -> None:
    """Vaswani et al. 2017 §3.2.1, at d_head = 64 and T = 16, for queries and keys of independent N(0, 1)."""
    config = EncoderConfig(vocab_size=1, d_model=2, n_heads=16, n_layers=1, d_head=64)
    generator, ids = torch.Generator().manual_seed(0), torch.zeros(23, 16, dtype=torch.int64)
    query, key = torch.randn(2, 23, 16, 16, 64, generator=generator)
    edits = [Replace("layers.0.attention.query", query), Replace("layers.0.attention.key", key)]
    if not scaled:
        edits.append(Replace("layers.0.attention.scores", query @ key.mT))
    trace = Encoder(config)(ids, edit=Edits(tuple(edits)))
    attention = trace.layers[0].attention
    assert attention.scores.var().item() == pytest.approx(variance, rel=0.02)
    assert attention.weights.amax(dim=-1).mean().item() == pytest.approx(largest_weight, abs=0.01)
    assert attention_entropy(trace).mean().item() / log(16) == pytest.approx(relative_entropy, abs=0.01)


def test_an_encoder_of_minilms_sizes_has_minilms_parameters() -> None:
    encoder = skeleton(MINILM)
    type_table, pooler = 2 * 384, 384 * 384 + 384  # MiniLM has these, ours has not
    assert n_parameters(encoder.layers[0]) == 1_774_464
    assert n_parameters(encoder) + type_table + pooler == 22_713_216


def test_what_a_head_compares_has_at_most_the_rank_of_the_head() -> None:
    config = prime_config()
    encoder = Encoder(config)
    W_Q, W_K = (encoder.get_parameter(f"layers.1.attention.W_{which}") for which in "QK")
    for head in range(config.n_heads):
        columns = slice(head * config.d_head, (head + 1) * config.d_head)
        assert torch.linalg.matrix_rank(W_Q[:, columns] @ W_K[:, columns].T) == config.d_head


def test_the_stream_of_post_norm_is_a_sum_once_the_spread_of_each_norm_is_frozen() -> None:
    config = replace(MINILM, vocab_size=31, d_model=37, d_head=3, d_ff=41, embedding_norm=False, max_length=19)
    encoder, generator = Encoder(config).double(), torch.Generator().manual_seed(0)
    with torch.no_grad():
        for values in encoder.parameters():
            values.add_(torch.randn(values.shape, generator=generator) / 10)
    trace = encoder(some_tokens(config))

    assert trace.embedding.position is not None
    parts = [trace.embedding.token, trace.embedding.position.expand_as(trace.embedding.token)]
    for index, heads in enumerate(head_contributions(trace)):
        parts += [*heads, encoder.get_parameter(f"layers.{index}.attention.b_O").expand_as(heads[0])]
        parts = normalize_each(parts, trace, f"layers.{index}.attention_norm")
        parts += [trace.layers[index].feed_forward.output]
        parts = normalize_each(parts, trace, f"layers.{index}.feed_forward_norm")

    assert len(parts) == 98
    assert_close(sum(parts[1:], start=parts[0]), trace.output, rtol=0, atol=1e-12)


def normalize_each(parts: list[Tensor], trace: Trace, norm: str) -> list[Tensor]:
    """LayerNorm with its spread given is linear but for β, so that it works on each part of a sum alone."""
    gamma, beta = (trace.encoder.get_parameter(f"{norm}.{name}") for name in ("gamma", "beta"))
    std = trace[f"{norm}.std"][..., None]
    return [*(gamma * (x - x.mean(dim=-1, keepdim=True)) / std for x in parts), beta.expand_as(parts[0])]


def encoder_of_xiong(norm: str) -> tuple[Encoder, Tensor]:
    """The setting of Xiong et al. 2020, Lemma 2: uniform attention, W_O = I, d_ff = d_model, ReLU."""
    config = prime_config(
        vocab_size=97,
        d_model=127,
        n_heads=1,
        d_head=127,
        d_ff=127,
        n_layers=7,
        activation="relu",
        positions="none",
        norm=norm,
    )
    encoder = Encoder(config)
    with torch.no_grad():
        for attention in (f"layers.{layer}.attention" for layer in range(config.n_layers)):
            encoder.get_parameter(f"{attention}.W_Q").zero_()
            encoder.get_parameter(f"{attention}.W_K").zero_()
            encoder.get_parameter(f"{attention}.W_O").copy_(torch.eye(127))
    ids = torch.randint(97, (101, 3), generator=torch.Generator().manual_seed(0))
    return encoder, ids


def test_the_stream_of_pre_norm_grows_with_depth_as_in_lemma_2_of_xiong() -> None:
    encoder, ids = encoder_of_xiong("pre")
    measured = residual_norms(encoder(ids))
    after_layers = [measured.norms[measured.sites.index(f"layers.{layer}.feed_forward_residual")] for layer in range(7)]
    for depth, norms in enumerate(after_layers, start=1):
        mean_square = norms.square().mean().item() / 127
        assert 1 + depth / 2 <= mean_square <= 1 + 3 * depth / 2


def test_the_stream_of_post_norm_leaves_every_layer_on_the_same_sphere() -> None:
    encoder, ids = encoder_of_xiong("post")
    for layer in encoder(ids).layers:
        norms = torch.linalg.vector_norm(layer.output, dim=-1)
        assert_close(norms, torch.full((101, 3), sqrt(127)), rtol=1e-4, atol=0)
