"""The tensor that is shown is the tensor that is used: changing it changes what comes after, and only that."""

from math import inf

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention
from torch.testing import assert_close

from encoder import (
    Edits,
    Encoder,
    PatchToken,
    RemoveEdge,
    Replace,
    ScaleFeedForward,
    ScaleHead,
    Trace,
    UniformHead,
    trace_paths,
)
from tests.encoder.conftest import FULL_CONFIG, run, some_mask, some_tokens

SITES = [(norm, path) for norm, config in FULL_CONFIG.items() for path in trace_paths(config, masked=True)]
FLOAT_SITES = [(norm, path) for norm, path in SITES if path not in ("token_ids", "key_mask")]


@pytest.mark.parametrize(("norm", "path"), SITES)
def test_putting_a_tensor_back_changes_nothing_bit_for_bit(norm: str, path: str) -> None:
    plain = run(FULL_CONFIG[norm])
    edited = run(FULL_CONFIG[norm], Edits((Replace(path, plain[path].detach().clone()),)))
    for later, tensor in plain.items():
        assert torch.equal(tensor, edited[later]), later


@pytest.mark.parametrize(("norm", "path"), FLOAT_SITES)
def test_an_edit_changes_its_site_and_nothing_recorded_before(norm: str, path: str) -> None:
    plain = run(FULL_CONFIG[norm])
    edited = run(FULL_CONFIG[norm], Edits((Replace(path, plain[path].detach() + 0.5),)))
    for earlier in plain.paths[: plain.paths.index(path)]:
        assert torch.equal(plain[earlier], edited[earlier]), earlier
    assert not torch.equal(plain[path], edited[path])


@pytest.mark.parametrize(("norm", "path"), FLOAT_SITES)
def test_the_gradient_at_a_site_is_the_finite_difference_made_through_it(norm: str, path: str) -> None:
    """Without a mask, since −∞ has no difference; the sum of all later tensors is what is differentiated."""
    plain = run(FULL_CONFIG[norm], masked=False)
    generator = torch.Generator().manual_seed(1)
    probe = torch.randn(plain["prediction.logits"].shape, generator=generator, dtype=torch.float64)
    direction = torch.randn(plain[path].shape, generator=generator, dtype=torch.float64)

    def loss(trace: Trace) -> Tensor:
        return (trace["prediction.logits"] * probe).sum()

    if path == "prediction.logits":
        gradient = probe
    else:
        (gradient,) = torch.autograd.grad(loss(plain), plain[path])
    step = 1e-6 * direction
    above = run(FULL_CONFIG[norm], Edits((Replace(path, plain[path].detach() + step),)), masked=False)
    below = run(FULL_CONFIG[norm], Edits((Replace(path, plain[path].detach() - step),)), masked=False)
    assert_close((loss(above) - loss(below)) / 2e-6, (gradient * direction).sum(), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("head", range(3))
def test_silencing_a_head_takes_its_projected_context_away(norm: str, head: int) -> None:
    plain = run(FULL_CONFIG[norm])
    silenced = run(FULL_CONFIG[norm], Edits((ScaleHead(layer=1, head=head, factor=0.0),)))
    d_head = FULL_CONFIG[norm].d_head
    W_O = plain.encoder.get_parameter("layers.1.attention.W_O")[head * d_head : (head + 1) * d_head]
    contribution = plain.layers[1].attention.context[:, head] @ W_O
    assert_close(silenced.layers[1].attention.output, plain.layers[1].attention.output - contribution)


def test_a_uniform_head_averages_the_values_that_it_may_look_at(norm: str) -> None:
    """NumPy's mean over the unmasked tokens is the oracle; the other heads stay as they were."""
    plain = run(FULL_CONFIG[norm])
    evened = run(FULL_CONFIG[norm], Edits((UniformHead(layer=0, head=1),)))
    weights, context, mask = evened.layers[0].attention.weights, evened.layers[0].attention.context, some_mask()
    for sentence in range(2):
        seen = mask[sentence].numpy()
        values = plain.layers[0].attention.value[sentence, 1].detach().numpy()[seen]
        expected = np.broadcast_to(values.mean(axis=0), (11, 5))
        np.testing.assert_allclose(context[sentence, 1].detach().numpy(), expected, atol=1e-14)
        np.testing.assert_array_equal(weights[sentence, 1].detach().numpy(), np.tile(seen / seen.sum(), (11, 1)))
    others = [0, 2]
    assert torch.equal(weights[:, others], plain.layers[0].attention.weights[:, others])


def test_a_uniform_head_also_looks_at_keys_whose_weight_was_rounded_to_0() -> None:
    scores = torch.zeros(2, 3, 11, 11, dtype=torch.float64)
    scores[..., 4] = 2000.0
    edits = Edits((Replace("layers.0.attention.scores", scores), UniformHead(0, 1)))
    weights = run(FULL_CONFIG["post"], edits, masked=False).layers[0].attention.weights
    assert (weights[:, 0, :, 5] == 0).all()
    assert torch.equal(weights[:, 1], torch.full((2, 11, 11), 1 / 11, dtype=torch.float64))


def test_a_removed_edge_leaves_its_share_to_the_others_as_a_masked_key_does(norm: str) -> None:
    """The oracle is torch's own attention, with an additive mask that has −∞ at the edge."""
    plain = run(FULL_CONFIG[norm])
    removed = run(FULL_CONFIG[norm], Edits((RemoveEdge(layer=0, head=2, query=7, key=3),)))
    attention = plain.layers[0].attention
    bias = torch.zeros(2, 3, 11, 11, dtype=torch.float64).masked_fill(~some_mask()[:, None, None, :], -inf)
    bias[:, 2, 7, 3] = -inf
    expected = scaled_dot_product_attention(attention.query, attention.key, attention.value, bias)
    assert_close(removed.layers[0].attention.context, expected)
    assert (removed.layers[0].attention.weights[:, 2, 7, 3] == 0).all()
    assert_close(removed.layers[0].attention.weights.sum(dim=-1), torch.ones(2, 3, 11, dtype=torch.float64))


def test_a_removed_edge_that_is_not_renormalized_changes_one_weight_alone(norm: str) -> None:
    plain = run(FULL_CONFIG[norm])
    removed = run(FULL_CONFIG[norm], Edits((RemoveEdge(0, 2, 7, 3, renormalize=False),)))
    expected = plain.layers[0].attention.weights.detach().clone()
    expected[:, 2, 7, 3] = 0
    assert torch.equal(removed.layers[0].attention.weights, expected)
    value = plain.layers[0].attention.value[:, 2, 3]
    lost = plain.layers[0].attention.weights[:, 2, 7, 3, None] * value
    assert_close(removed.layers[0].attention.context[:, 2, 7], plain.layers[0].attention.context[:, 2, 7] - lost)


def test_edges_can_be_removed_until_one_is_left() -> None:
    edits = Edits(tuple(RemoveEdge(1, 0, 2, key) for key in range(10)))
    weights = run(FULL_CONFIG["post"], edits, masked=False).layers[1].attention.weights
    assert torch.equal(weights[0, 0, 2], torch.eye(11, dtype=torch.float64)[10])


@pytest.mark.parametrize("factor", [0.0, -1.5])
def test_a_scaled_feed_forward_network_adds_so_many_times_its_output(norm: str, factor: float) -> None:
    plain = run(FULL_CONFIG[norm])
    scaled = run(FULL_CONFIG[norm], Edits((ScaleFeedForward(layer=1, factor=factor),)))
    layer = plain.layers[1]
    x = layer.attention_norm.output if norm == "post" else layer.attention_residual
    assert_close(scaled.layers[1].feed_forward_residual, x + factor * layer.feed_forward.output)


@pytest.mark.parametrize(("norm", "path"), SITES)
def test_patching_every_token_of_a_tensor_is_replacing_it(norm: str, path: str) -> None:
    plain = run(FULL_CONFIG[norm])
    other = Encoder(FULL_CONFIG[norm]).double()(some_tokens(FULL_CONFIG[norm], seed=1), some_mask().flip(0))
    patched = run(
        FULL_CONFIG[norm], Edits(tuple(PatchToken.from_trace(path, token, other, token) for token in range(11)))
    )
    replaced = run(FULL_CONFIG[norm], Edits((Replace(path, other[path].detach()),)))
    for later in plain.paths:
        assert torch.equal(patched[later], replaced[later]), later


def test_a_token_is_patched_from_a_shorter_sentence_and_no_other_token_changes(norm: str) -> None:
    config = FULL_CONFIG[norm]
    plain = run(config, masked=False)
    other = Encoder(config).double()(some_tokens(config, length=5, seed=1))
    path = "layers.0.attention.value"
    patched = run(config, Edits((PatchToken.from_trace(path, 9, other, 4),)), masked=False)
    assert torch.equal(patched[path][:, :, 9], other[path][:, :, 4])
    rest = [token for token in range(11) if token != 9]
    assert torch.equal(patched[path][:, :, rest], plain[path][:, :, rest])


def test_the_inputs_of_a_token_at_the_first_layer_carry_its_word_over() -> None:
    config = FULL_CONFIG["post"]
    other = Encoder(config).double()(some_tokens(config, seed=1))
    patched = run(config, Edits((PatchToken.from_trace("token_ids", 6, other, 6),)), masked=False)
    token_ids = some_tokens(config)
    token_ids[:, 6] = some_tokens(config, seed=1)[:, 6]
    assert torch.equal(patched.output, Encoder(config).double()(token_ids).output)


def test_several_edits_are_applied_in_their_order() -> None:
    config = FULL_CONFIG["post"]
    both = run(config, Edits((ScaleHead(0, 2, 3.0), ScaleHead(0, 2, 0.5))))
    once = run(config, Edits((ScaleHead(0, 2, 1.5),)))
    assert_close(both.output, once.output)
