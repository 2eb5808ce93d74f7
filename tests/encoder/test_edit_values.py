"""Edits are values: compared, kept by their trace, and, where impossible, refused with what is possible instead."""

from dataclasses import fields
from math import inf, nan

import pytest
import torch

from encoder import NO_EDITS, Edits, Encoder, PatchToken, RemoveEdge, Replace, ScaleFeedForward, ScaleHead, UniformHead
from encoder.edits import Edit
from tests.encoder.conftest import FULL_CONFIG, prime_config, run, some_mask


def test_the_last_edge_of_a_query_can_only_be_removed_without_renormalizing() -> None:
    encoder, one_token = Encoder(FULL_CONFIG["post"]), torch.tensor([[3]])
    message = "Query 0 of head 2 in layer 1 looks at nothing but key 0; .* Remove the edge with renormalize=False"
    with pytest.raises(ValueError, match=message):
        encoder(one_token, edit=Edits((RemoveEdge(1, 2, 0, 0),)))
    trace = encoder(one_token, edit=Edits((RemoveEdge(1, 2, 0, 0, renormalize=False),)))
    assert (trace.layers[1].attention.context[0, 2] == 0).all()
    assert trace.output.isfinite().all()


def test_a_patch_that_does_not_fit_is_refused_with_both_shapes() -> None:
    patch = PatchToken("embedding.sum", 3, torch.zeros(7, dtype=torch.float64))
    message = (
        r"Token 3 of 'embedding.sum' was given \(7,\) of torch.float64; this pass needs \(2, 13\) of torch.float64"
    )
    with pytest.raises(ValueError, match=message):
        run(FULL_CONFIG["post"], Edits((patch,)))
    with pytest.raises(ValueError, match=r"was given .* of torch.float32; this pass needs .* of torch.float64"):
        run(FULL_CONFIG["post"], Edits((PatchToken("embedding.sum", 3, torch.zeros(2, 13)),)))
    with pytest.raises(ValueError, match="no token 11; this sentence has the tokens 0 to 10"):
        PatchToken.from_trace("embedding.sum", 3, run(FULL_CONFIG["post"]), 11)


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


def test_a_trace_knows_the_edits_that_it_was_made_with() -> None:
    edits = Edits((ScaleHead(0, 2, 3.0),))
    assert run(FULL_CONFIG["post"], edits).edits is edits
    assert run(FULL_CONFIG["post"]).edits is NO_EDITS


def test_edits_as_a_part_sees_them_are_refused_by_the_whole() -> None:
    """They would match no place there, and yet be told as made."""
    edits = Edits((ScaleHead(0, 1, 0.0),)).inside("layers.0")
    with pytest.raises(ValueError, match=r"edit is a PartEdits; give Edits\(\(…,\)\) with all edits of the pass"):
        run(FULL_CONFIG["post"], edits)  # type: ignore[arg-type]
    assert [field.name for field in fields(Edits)] == ["edits"]


@pytest.mark.parametrize("edits", [ScaleHead(0, 1, 0.0), [ScaleHead(0, 1, 0.0)], (0.0,), None])
def test_anything_but_a_tuple_of_edits_is_refused_with_the_right_form(edits: object) -> None:
    with pytest.raises(
        ValueError, match=r"is no tuple of edits; write one edit as Edits\(\(ScaleHead\(0, 0, 0\.0\),\)\)"
    ):
        run(FULL_CONFIG["post"], Edits(edits))  # type: ignore[arg-type]


def test_a_path_that_is_no_text_is_refused_like_any_other() -> None:
    with pytest.raises(ValueError, match=r"^3 is no path of this trace; the nearest one is"):
        run(FULL_CONFIG["post"], Edits((Replace(3, torch.zeros(())),)))  # type: ignore[arg-type]


def test_an_unknown_path_is_refused_before_the_pass_with_the_nearest_one() -> None:
    config = FULL_CONFIG["post"]
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
    config = FULL_CONFIG["post"]
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
        (ScaleHead(0, 0, 10**400), "A head cannot be scaled by 10000"),
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
        (Replace("embedding.sum", None), "'embedding.sum' was given a NoneType; give a torch.Tensor"),  # type: ignore[arg-type]
        (PatchToken("embedding.sum", 1, None), "'embedding.sum' was given a NoneType; give a"),  # type: ignore[arg-type]
        (PatchToken("embedding.sum", 19, torch.zeros(())), "no token 19; the longest sentence has the tokens 0 to 18"),
    ],
)
def test_an_impossible_edit_is_refused_with_what_is_possible(edit: Edit, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Edits((edit,)).check(FULL_CONFIG["post"])
    with pytest.raises(ValueError, match=message):
        run(FULL_CONFIG["post"], Edits((edit,)))


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (RemoveEdge(0, 0, 11, 0), "no query 11; this sentence has the tokens 0 to 10. Name one of them, or leave"),
        (RemoveEdge(0, 0, 0, 18), "no key 18; this sentence has the tokens 0 to 10"),
        (PatchToken("embedding.sum", 11, torch.zeros(2, 13)), "no token 11; this sentence has the tokens 0 to 10"),
    ],
)
def test_an_edit_beyond_the_sentence_is_refused_before_the_pass(edit: Edit, message: str) -> None:
    config = FULL_CONFIG["post"]
    Edits((edit,)).check(config)
    with pytest.raises(ValueError, match=message):
        Edits((edit,)).check(config, length=11)
    wrong_input = torch.full((2, 11), config.vocab_size)
    with pytest.raises(ValueError, match=message):
        Encoder(config)(wrong_input, edit=Edits((edit,)))
