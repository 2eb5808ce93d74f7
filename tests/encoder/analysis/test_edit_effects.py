"""By how much an edit changes what comes after it: measured against NumPy, and 0 before its site."""

from math import inf

import numpy as np
import pytest
import torch

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
    describe,
)
from encoder.analysis import relative_changes
from encoder.edits import Edit
from tests.encoder.conftest import prime_config, some_mask, some_tokens

EDITS: list[Edit] = [
    ScaleHead(1, 2, 0.0),
    UniformHead(0, 1),
    RemoveEdge(1, 0, 4, 2),
    ScaleFeedForward(0, 0.0),
    PatchToken("layers.1.attention_norm.output", 5, torch.ones(2, 13).double()),
    Replace("embedding.sum", torch.ones(2, 11, 13).double()),
]


def run(norm: str, *edits: Edit, masked: bool = True, **choices: object) -> Trace:
    config = prime_config(norm=norm, prediction_head=True, **choices)
    return Encoder(config).double()(
        some_tokens(config), some_mask() if masked else None, Edits(edits) if edits else NO_EDITS
    )


def by_hand(before: Trace, after: Trace, path: str, sentence: int, token: int | None) -> float:
    """The definition in NumPy, over the places of one sentence that are no padding and no masked score."""
    axes = describe(path).axes
    first, second = (trace[path].detach().numpy() for trace in (before, after))
    if "batch" in axes:
        first, second = first[sentence], second[sentence]
    seen = some_mask()[sentence].numpy()
    for at, axis in enumerate(axis for axis in axes if axis != "batch"):
        if axis == "key" or (axis in ("token", "query") and token is None):
            first, second = (np.compress(seen, numbers, axis=at) for numbers in (first, second))
        elif axis in ("token", "query"):
            first, second = (np.take(numbers, [token], axis=at) for numbers in (first, second))
    return float(np.linalg.norm((second - first).ravel()) / np.linalg.norm(first.ravel()))


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: type(edit).__name__)
def test_every_change_is_the_definition(norm: str, edit: Edit) -> None:
    before, after = run(norm), run(norm, edit)
    changes = relative_changes(before, after)
    assert changes.paths == tuple(path for path in before.paths if path not in ("token_ids", "key_mask"))
    for at, path in enumerate(changes.paths):
        for sentence in range(2):
            expected = by_hand(before, after, path, sentence, None)
            assert changes.changes[at, sentence].item() == pytest.approx(expected, rel=1e-9, abs=1e-12), path
            expected = by_hand(before, after, path, sentence, 5)
            assert changes.token_changes[at, sentence, 5].item() == pytest.approx(expected, rel=1e-9, abs=1e-12), path


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: type(edit).__name__)
def test_nothing_changes_before_the_edits_site_and_its_site_does(norm: str, edit: Edit) -> None:
    changes = relative_changes(run(norm), run(norm, edit))
    site = changes.paths.index(edit.site())
    assert (changes.changes[:site] == 0).all()
    assert (changes.token_changes[:site, :, :8] == 0).all()
    assert (changes.changes[site] > 0).all()
    assert (changes.changes[changes.paths.index("prediction.logits")] > 0).all()


def test_one_tokens_patch_changes_that_token_alone_until_attention_spreads_it(norm: str) -> None:
    patch = PatchToken("layers.0.feed_forward.output", 5, torch.ones(2, 13).double())
    changes = relative_changes(run(norm), run(norm, patch))
    rows = {path: changes.token_changes[at, 0] for at, path in enumerate(changes.paths)}
    others = [token for token in range(11) if token != 5]
    for path in ("layers.0.feed_forward_residual", "layers.1.attention.query"):
        assert rows[path][5] > 0
        assert (rows[path][others] == 0).all()
    assert (rows["layers.1.attention.context"] > 0).all()


def test_the_map_has_the_sites_of_a_layer_in_the_order_of_the_pass(norm: str) -> None:
    before = run(norm)
    changes = relative_changes(before, run(norm, ScaleHead(0, 1, 3.0)))
    within = [path.removeprefix("layers.1.") for path in before.paths if path.startswith("layers.1.")]
    assert list(changes.layer_sites) == within
    assert changes.layer_changes.shape == (2, len(within), 2)
    for layer in range(2):
        for at, site in enumerate(within):
            row = changes.paths.index(f"layers.{layer}.{site}")
            assert torch.equal(changes.layer_changes[layer, at], changes.changes[row])
            assert torch.equal(changes.layer_token_changes[layer, at, :, :8], changes.token_changes[row, :, :8])


def test_padding_has_no_figure_and_masked_scores_have_a_finite_one(norm: str) -> None:
    changes = relative_changes(run(norm), run(norm, UniformHead(0, 1)))
    assert changes.token_changes[:, 1, 8:].isnan().all()
    assert changes.token_changes[:, 0].isfinite().all()
    assert changes.token_changes[:, 1, :8].isfinite().all()
    assert changes.changes.isfinite().all()


def test_a_score_that_only_one_pass_masks_is_left_out() -> None:
    before = run("post", masked=False)
    scores = before.layers[0].attention.masked_scores.detach().clone()
    scores[:, :, :, 3] = -inf
    changes = relative_changes(before, run("post", Replace("layers.0.attention.masked_scores", scores), masked=False))
    rows = dict(zip(changes.paths, changes.changes, strict=True))
    assert (rows["layers.0.attention.masked_scores"] == 0).all()
    assert (rows["layers.0.attention.weights"] > 0).all()


def test_from_nothing_to_something_is_infinitely_more_and_to_nothing_no_change() -> None:
    nothing = torch.zeros(2, 11, 13).double()
    path = "layers.0.feed_forward.output"
    before, something = run("post", Replace(path, nothing)), run("post", Replace(path, nothing + 1))
    row = relative_changes(before, before).paths.index(path)
    assert (relative_changes(before, before).changes == 0).all()
    assert (relative_changes(before, something).changes[row] == inf).all()
    assert (relative_changes(something, before).changes[row] == 1).all()


def test_a_number_that_overflowed_is_not_passed_off_as_no_change() -> None:
    given = torch.full((2, 11, 13), torch.nan).double()
    changes = relative_changes(run("post"), run("post", Replace("layers.0.feed_forward.output", given)))
    assert changes.changes[changes.paths.index("layers.0.feed_forward.output")].isnan().all()


def test_passes_that_cannot_be_compared_are_refused() -> None:
    with pytest.raises(ValueError, match=r"The passes are of two configs, .* give two passes of one encoder"):
        relative_changes(run("post"), run("pre"))
    config = EncoderConfig(31, 13, 3, 2, max_length=19)
    encoder = Encoder(config)
    with pytest.raises(ValueError, match=r"The sentences are \(2, 11\) and \(2, 7\) large, .* over one size"):
        relative_changes(encoder(some_tokens(config)), encoder(some_tokens(config, length=7)))
