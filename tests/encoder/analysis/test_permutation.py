"""Shuffled words give the shuffled output exactly where nothing says in which order they stood."""

import numpy as np
import pytest
import torch

from encoder import Edits, Encoder, Replace
from encoder.analysis import permutation_gap, positions_off
from tests.encoder.conftest import LENGTH, prime_config, some_mask, some_tokens

ORDER = [3, 0, 10, 1, 9, 2, 8, 4, 7, 5, 6]
KINDS = ["sinusoidal", "learned", "none"]


@pytest.mark.parametrize("positions", KINDS)
@pytest.mark.parametrize("masked", [False, True])
def test_with_positions_off_only_rounding_remains(positions: str, masked: bool, norm: str) -> None:
    config = prime_config(positions=positions, norm=norm, embedding_norm=True)
    for dtype, rounding in ((torch.float32, 1e-5), (torch.float64, 1e-13)):
        encoder = Encoder(config).to(dtype)
        mask, edit = some_mask() if masked else None, positions_off(encoder, LENGTH)
        assert permutation_gap(encoder, some_tokens(config), ORDER, mask, edit) < rounding


@pytest.mark.parametrize("positions", KINDS[:2])
def test_with_positions_the_gap_is_of_order_one(positions: str, norm: str) -> None:
    config = prime_config(positions=positions, norm=norm)
    assert 0.1 < permutation_gap(Encoder(config), some_tokens(config), ORDER) < 10


def test_the_order_as_it_was_leaves_no_gap(norm: str) -> None:
    config = prime_config(norm=norm)
    assert permutation_gap(Encoder(config), some_tokens(config), range(LENGTH)) == 0.0


def test_the_gap_is_the_largest_difference_of_the_two_outputs() -> None:
    config = prime_config()
    encoder, ids = Encoder(config), some_tokens(config)
    outputs = encoder(ids).output.detach(), encoder(ids[:, ORDER]).output.detach()
    differences = [
        (outputs[0][sentence, old] - outputs[1][sentence, new]).abs().max().item()
        for sentence in range(2)
        for new, old in enumerate(ORDER)
    ]
    assert permutation_gap(encoder, ids, ORDER) == pytest.approx(max(differences), abs=1e-7)


def test_positions_off_takes_the_position_vectors_away_and_nothing_else() -> None:
    config = prime_config(positions="learned")
    encoder, ids = Encoder(config), some_tokens(config)
    trace = encoder(ids, edit=positions_off(encoder, LENGTH))
    assert torch.equal(trace.embedding.sum, trace.embedding.token)
    assert torch.equal(trace.embedding.token, encoder(ids).embedding.token)


def test_an_edit_holds_in_both_passes() -> None:
    config = prime_config()
    encoder, ids = Encoder(config), some_tokens(config)
    output = torch.zeros_like(encoder(ids).output)
    edit = Edits((Replace("layers.1.feed_forward_norm.output", output),))
    assert permutation_gap(encoder, ids, ORDER, edit=edit) == 0.0


def test_an_order_may_come_from_numpy() -> None:
    config = prime_config()
    encoder, ids = Encoder(config), some_tokens(config)
    assert permutation_gap(encoder, ids, list(np.array(ORDER))) == permutation_gap(encoder, ids, ORDER)


@pytest.mark.parametrize(
    "order",
    [[0, 0, *range(2, 11)], [*range(10)], [*range(1, 12)], [True, False, *range(2, 11)], [*map(float, ORDER)], "0123"],
)
def test_an_order_that_is_no_permutation_is_refused(order: list[int]) -> None:
    config = prime_config()
    with pytest.raises(ValueError, match=r"order is \(.*\); it must name each of the 11 places, 0 to 10, once"):
        permutation_gap(Encoder(config), some_tokens(config), order)
