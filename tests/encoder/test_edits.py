"""The tensor that is shown is the tensor that is used: changing it changes what comes after, and only that."""

from math import inf, nan

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention
from torch.testing import assert_close

from encoder import (
    NO_EDITS,
    Edits,
    Encoder,
    EncoderConfig,
    PatchToken,
    RemoveEdge,
    Replace,
    ScaleFeedForward,
    ScaleHead,
    Trace,
    UniformHead,
    trace_paths,
)
from encoder.edits import Edit
from tests.encoder.conftest import prime_config, some_mask, some_tokens

CONFIG = {
    norm: prime_config(norm=norm, positions="learned", embedding_norm=True, prediction_head=True)
    for norm in ("post", "pre")
}
SITES = [(norm, path) for norm, config in CONFIG.items() for path in trace_paths(config, masked=True)]
FLOAT_SITES = [(norm, path) for norm, path in SITES if path not in ("token_ids", "key_mask")]


def run(config: EncoderConfig, edit: Edits = NO_EDITS, masked: bool = True) -> Trace:
    return Encoder(config).double()(some_tokens(config), some_mask() if masked else None, edit)


@pytest.mark.parametrize(("norm", "path"), SITES)
def test_putting_a_tensor_back_changes_nothing_bit_for_bit(norm: str, path: str) -> None:
    plain = run(CONFIG[norm])
    edited = run(CONFIG[norm], Edits((Replace(path, plain[path].detach().clone()),)))
    for later, tensor in plain.items():
        assert torch.equal(tensor, edited[later]), later


@pytest.mark.parametrize(("norm", "path"), FLOAT_SITES)
def test_an_edit_changes_its_site_and_nothing_recorded_before(norm: str, path: str) -> None:
    plain = run(CONFIG[norm])
    edited = run(CONFIG[norm], Edits((Replace(path, plain[path].detach() + 0.5),)))
    for earlier in plain.paths[: plain.paths.index(path)]:
        assert torch.equal(plain[earlier], edited[earlier]), earlier
    assert not torch.equal(plain[path], edited[path])


@pytest.mark.parametrize(("norm", "path"), FLOAT_SITES)
def test_the_gradient_at_a_site_is_the_finite_difference_made_through_it(norm: str, path: str) -> None:
    """Without a mask, since −∞ has no difference; the sum of all later tensors is what is differentiated."""
    plain = run(CONFIG[norm], masked=False)
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
    above = run(CONFIG[norm], Edits((Replace(path, plain[path].detach() + step),)), masked=False)
    below = run(CONFIG[norm], Edits((Replace(path, plain[path].detach() - step),)), masked=False)
    assert_close((loss(above) - loss(below)) / 2e-6, (gradient * direction).sum(), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("head", range(3))
def test_silencing_a_head_takes_its_projected_context_away(norm: str, head: int) -> None:
    plain = run(CONFIG[norm])
    silenced = run(CONFIG[norm], Edits((ScaleHead(layer=1, head=head, factor=0.0),)))
    d_head = CONFIG[norm].d_head
    W_O = plain.encoder.get_parameter("layers.1.attention.W_O")[head * d_head : (head + 1) * d_head]
    contribution = plain.layers[1].attention.context[:, head] @ W_O
    assert_close(silenced.layers[1].attention.output, plain.layers[1].attention.output - contribution)


def test_a_uniform_head_averages_the_values_that_it_may_look_at(norm: str) -> None:
    """NumPy's mean over the unmasked tokens is the oracle; the other heads stay as they were."""
    plain = run(CONFIG[norm])
    evened = run(CONFIG[norm], Edits((UniformHead(layer=0, head=1),)))
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
    weights = run(CONFIG["post"], edits, masked=False).layers[0].attention.weights
    assert (weights[:, 0, :, 5] == 0).all()
    assert torch.equal(weights[:, 1], torch.full((2, 11, 11), 1 / 11, dtype=torch.float64))


def test_a_removed_edge_leaves_its_share_to_the_others_as_a_masked_key_does(norm: str) -> None:
    """The oracle is torch's own attention, with an additive mask that has −∞ at the edge."""
    plain = run(CONFIG[norm])
    removed = run(CONFIG[norm], Edits((RemoveEdge(layer=0, head=2, query=7, key=3),)))
    attention = plain.layers[0].attention
    bias = torch.zeros(2, 3, 11, 11, dtype=torch.float64).masked_fill(~some_mask()[:, None, None, :], -inf)
    bias[:, 2, 7, 3] = -inf
    expected = scaled_dot_product_attention(attention.query, attention.key, attention.value, bias)
    assert_close(removed.layers[0].attention.context, expected)
    assert (removed.layers[0].attention.weights[:, 2, 7, 3] == 0).all()
    assert_close(removed.layers[0].attention.weights.sum(dim=-1), torch.ones(2, 3, 11, dtype=torch.float64))


def test_a_removed_edge_that_is_not_renormalized_changes_one_weight_alone(norm: str) -> None:
    plain = run(CONFIG[norm])
    removed = run(CONFIG[norm], Edits((RemoveEdge(0, 2, 7, 3, renormalize=False),)))
    expected = plain.layers[0].attention.weights.detach().clone()
    expected[:, 2, 7, 3] = 0
    assert torch.equal(removed.layers[0].attention.weights, expected)
    value = plain.layers[0].attention.value[:, 2, 3]
    lost = plain.layers[0].attention.weights[:, 2, 7, 3, None] * value
    assert_close(removed.layers[0].attention.context[:, 2, 7], plain.layers[0].attention.context[:, 2, 7] - lost)


def test_edges_can_be_removed_until_one_is_left() -> None:
    edits = Edits(tuple(RemoveEdge(1, 0, 2, key) for key in range(10)))
    weights = run(CONFIG["post"], edits, masked=False).layers[1].attention.weights
    assert torch.equal(weights[0, 0, 2], torch.eye(11, dtype=torch.float64)[10])


def test_the_last_edge_of_a_query_can_only_be_removed_without_renormalizing() -> None:
    encoder, one_token = Encoder(CONFIG["post"]), torch.tensor([[3]])
    message = "Query 0 of head 2 in layer 1 looks at nothing but key 0; .* Remove the edge with renormalize=False"
    with pytest.raises(ValueError, match=message):
        encoder(one_token, edit=Edits((RemoveEdge(1, 2, 0, 0),)))
    trace = encoder(one_token, edit=Edits((RemoveEdge(1, 2, 0, 0, renormalize=False),)))
    assert (trace.layers[1].attention.context[0, 2] == 0).all()
    assert trace.output.isfinite().all()


@pytest.mark.parametrize("factor", [0.0, -1.5])
def test_a_scaled_feed_forward_network_adds_so_many_times_its_output(norm: str, factor: float) -> None:
    plain = run(CONFIG[norm])
    scaled = run(CONFIG[norm], Edits((ScaleFeedForward(layer=1, factor=factor),)))
    layer = plain.layers[1]
    x = layer.attention_norm.output if norm == "post" else layer.attention_residual
    assert_close(scaled.layers[1].feed_forward_residual, x + factor * layer.feed_forward.output)


@pytest.mark.parametrize(("norm", "path"), SITES)
def test_patching_every_token_of_a_tensor_is_replacing_it(norm: str, path: str) -> None:
    plain = run(CONFIG[norm])
    other = Encoder(CONFIG[norm]).double()(some_tokens(CONFIG[norm], seed=1), some_mask().flip(0))
    patched = run(CONFIG[norm], Edits(tuple(PatchToken.from_trace(path, token, other, token) for token in range(11))))
    replaced = run(CONFIG[norm], Edits((Replace(path, other[path].detach()),)))
    for later in plain.paths:
        assert torch.equal(patched[later], replaced[later]), later


def test_a_token_is_patched_from_a_shorter_sentence_and_no_other_token_changes(norm: str) -> None:
    config = CONFIG[norm]
    plain = run(config, masked=False)
    other = Encoder(config).double()(some_tokens(config, length=5, seed=1))
    path = "layers.0.attention.value"
    patched = run(config, Edits((PatchToken.from_trace(path, 9, other, 4),)), masked=False)
    assert torch.equal(patched[path][:, :, 9], other[path][:, :, 4])
    rest = [token for token in range(11) if token != 9]
    assert torch.equal(patched[path][:, :, rest], plain[path][:, :, rest])


def test_the_inputs_of_a_token_at_the_first_layer_carry_its_word_over() -> None:
    config = CONFIG["post"]
    other = Encoder(config).double()(some_tokens(config, seed=1))
    patched = run(config, Edits((PatchToken.from_trace("token_ids", 6, other, 6),)), masked=False)
    token_ids = some_tokens(config)
    token_ids[:, 6] = some_tokens(config, seed=1)[:, 6]
    assert torch.equal(patched.output, Encoder(config).double()(token_ids).output)


def test_a_patch_that_does_not_fit_is_refused_with_both_shapes() -> None:
    patch = PatchToken("embedding.sum", 3, torch.zeros(7, dtype=torch.float64))
    message = (
        r"Token 3 of 'embedding.sum' was given \(7,\) of torch.float64; this pass needs \(2, 13\) of torch.float64"
    )
    with pytest.raises(ValueError, match=message):
        run(CONFIG["post"], Edits((patch,)))
    with pytest.raises(ValueError, match=r"was given .* of torch.float32; this pass needs .* of torch.float64"):
        run(CONFIG["post"], Edits((PatchToken("embedding.sum", 3, torch.zeros(2, 13)),)))
    with pytest.raises(ValueError, match="no token 11; this sentence has the tokens 0 to 10"):
        PatchToken.from_trace("embedding.sum", 3, run(CONFIG["post"]), 11)


def test_several_edits_are_applied_in_their_order() -> None:
    config = CONFIG["post"]
    both = run(config, Edits((ScaleHead(0, 2, 3.0), ScaleHead(0, 2, 0.5))))
    once = run(config, Edits((ScaleHead(0, 2, 1.5),)))
    assert_close(both.output, once.output)


@pytest.mark.parametrize(
    "edit",
    [
        ScaleHead(0, 1, 0.0),
        ScaleFeedForward(0, 0.0),
        UniformHead(0, 1),
        RemoveEdge(0, 1, 2, 3),
        RemoveEdge(0, 1, 2, 3, renormalize=False),
        PatchToken("layers.0.attention.weights", 7, torch.zeros(2, 3, 11)),
    ],
)
def test_an_edit_leaves_the_tensor_that_it_was_given_unchanged(edit: Edit) -> None:
    given = torch.ones(2, 3, 11, 11)
    assert not torch.equal(edit.apply(given), given)
    assert torch.equal(given, torch.ones(2, 3, 11, 11))


@pytest.mark.parametrize(
    ("edit", "same", "other"),
    [
        (ScaleHead(0, 1, 0.0), ScaleHead(0, 1, 0.0), ScaleHead(0, 1, 0.5)),
        (ScaleFeedForward(0, 0.0), ScaleFeedForward(0, 0.0), ScaleFeedForward(1, 0.0)),
        (UniformHead(0, 1), UniformHead(0, 1), UniformHead(0, 0)),
        (RemoveEdge(0, 1, 2, 3), RemoveEdge(0, 1, 2, 3, True), RemoveEdge(0, 1, 2, 3, False)),
    ],
)
def test_edits_are_values(edit: Edit, same: Edit, other: Edit) -> None:
    assert hash(Edits((edit,))) == hash(Edits((same,)))
    assert Edits((edit,)) == Edits((same,)) != Edits((other,))
    assert Edits() == NO_EDITS
    assert NO_EDITS.inside("layers.0") is NO_EDITS


def test_a_trace_knows_the_edits_that_it_was_made_with() -> None:
    edits = Edits((ScaleHead(0, 2, 3.0),))
    assert run(CONFIG["post"], edits).edits is edits
    assert run(CONFIG["post"]).edits is NO_EDITS


def test_an_unknown_path_is_refused_before_the_pass_with_the_nearest_one() -> None:
    config = CONFIG["post"]
    wrong_input = torch.full((2, 11), config.vocab_size)
    with pytest.raises(ValueError, match=r"nearest one is 'layers\.0\.attention\.weights'"):
        Encoder(config)(wrong_input, edit=Edits((Replace("layers.0.attention.weight", torch.zeros(())),)))


def test_a_site_that_this_config_has_not_is_refused() -> None:
    config = prime_config(norm="post")
    with pytest.raises(ValueError, match="no path of this trace"):
        run(config, Edits((Replace("final_norm.output", torch.zeros(())),)))
    with pytest.raises(ValueError, match="no path of this trace"):
        run(config, Edits((Replace("key_mask", some_mask()),)), masked=False)


def test_a_tensor_that_does_not_fit_is_refused_with_both_shapes() -> None:
    config = CONFIG["post"]
    with pytest.raises(
        ValueError, match=r"given \(7,\) of torch.float64; this pass needs \(2, 11, 13\) of torch.float64"
    ):
        run(config, Edits((Replace("embedding.sum", torch.zeros(7, dtype=torch.float64)),)))
    with pytest.raises(ValueError, match=r"given .* of torch.float32; this pass needs .* of torch.float64"):
        run(config, Edits((Replace("embedding.sum", torch.zeros(2, 11, 13)),)))


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (ScaleHead(2, 0, 0.0), "no layer 2; this encoder has layers 0 to 1"),
        (ScaleHead(-1, 0, 0.0), "no layer -1; this encoder has layers 0 to 1"),
        (ScaleHead(0, 3, 0.0), "no head 3; each layer has heads 0 to 2"),
        (ScaleHead(True, 0, 0.0), "no layer True; this encoder has layers 0 to 1"),
        (ScaleHead(0, 1.5, 0.0), r"no head 1\.5; each layer has heads 0 to 2"),  # type: ignore[arg-type]
        (ScaleHead(0, 0, nan), "A head cannot be scaled by nan; give a number from −1000 to 1000, such as"),
        (ScaleHead(0, 0, inf), "A head cannot be scaled by inf; give a number from −1000 to 1000"),
        (ScaleHead(0, 0, -1001.0), r"A head cannot be scaled by -1001\.0; give a number from −1000 to 1000"),
        (ScaleHead(0, 0, "0"), "A head cannot be scaled by '0'; give a number"),  # type: ignore[arg-type]
        (ScaleFeedForward(2, 0.0), "no layer 2; this encoder has layers 0 to 1"),
        (ScaleFeedForward(0, 1e300), r"A feed-forward network cannot be scaled by 1e\+300; give a number from −1000"),
        (UniformHead(2, 0), "no layer 2; this encoder has layers 0 to 1. Name one of them"),
        (UniformHead(0, -1), "no head -1; each layer has heads 0 to 2. Name one of them"),
        (RemoveEdge(2, 0, 0, 0), "no layer 2; this encoder has layers 0 to 1"),
        (RemoveEdge(0, 3, 0, 0), "no head 3; each layer has heads 0 to 2"),
        (RemoveEdge(0, 0, 19, 0), "no query 19; the longest sentence has the tokens 0 to 18. Name one of them"),
        (RemoveEdge(0, 0, 0, -1), "no key -1; the longest sentence has the tokens 0 to 18"),
        (RemoveEdge(0, 0, 0, 0, None), "renormalize is None; it must be True or False"),  # type: ignore[arg-type]
        (PatchToken("embedding.sums", 0, torch.zeros(())), "nearest one is 'embedding.sum'"),
        (PatchToken("final_norm.output", 0, torch.zeros(())), "is no path of this trace"),
        (PatchToken("embedding.sum", 19, torch.zeros(())), "no token 19; the longest sentence has the tokens 0 to 18"),
    ],
)
def test_an_impossible_edit_is_refused_with_what_is_possible(edit: Edit, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Edits((edit,)).check(CONFIG["post"])
    with pytest.raises(ValueError, match=message):
        run(CONFIG["post"], Edits((edit,)))


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (RemoveEdge(0, 0, 11, 0), "no query 11; this sentence has the tokens 0 to 10. Name one of them, or leave"),
        (RemoveEdge(0, 0, 0, 18), "no key 18; this sentence has the tokens 0 to 10"),
        (PatchToken("embedding.sum", 11, torch.zeros(2, 13)), "no token 11; this sentence has the tokens 0 to 10"),
    ],
)
def test_an_edit_beyond_the_sentence_is_refused_before_the_pass(edit: Edit, message: str) -> None:
    config = CONFIG["post"]
    Edits((edit,)).check(config)
    with pytest.raises(ValueError, match=message):
        Edits((edit,)).check(config, length=11)
    wrong_input = torch.full((2, 11), config.vocab_size)
    with pytest.raises(ValueError, match=message):
        Encoder(config)(wrong_input, edit=Edits((edit,)))
