"""The tensor that is shown is the tensor that is used: changing it changes what comes after, and only that."""

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from encoder import NO_EDITS, Edits, Encoder, EncoderConfig, Replace, ScaleHead, Trace, trace_paths
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


def test_several_edits_are_applied_in_their_order() -> None:
    config = CONFIG["post"]
    both = run(config, Edits((ScaleHead(0, 2, 3.0), ScaleHead(0, 2, 0.5))))
    once = run(config, Edits((ScaleHead(0, 2, 1.5),)))
    assert_close(both.output, once.output)


def test_an_edit_leaves_the_tensor_that_it_was_given_unchanged() -> None:
    context = torch.ones(2, 3, 11, 5)
    ScaleHead(0, 1, 0.0).apply(context)
    assert torch.equal(context, torch.ones(2, 3, 11, 5))


def test_edits_are_values() -> None:
    assert hash(Edits((ScaleHead(0, 1, 0.0),))) == hash(Edits((ScaleHead(0, 1, 0.0),)))
    assert Edits() == NO_EDITS


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
        (ScaleHead(0, 0, float("nan")), "cannot be scaled by nan; give a finite factor"),
        (ScaleHead(0, 0, float("inf")), "cannot be scaled by inf; give a finite factor"),
    ],
)
def test_an_impossible_head_edit_is_refused_with_what_is_possible(edit: ScaleHead, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        run(CONFIG["post"], Edits((edit,)))
