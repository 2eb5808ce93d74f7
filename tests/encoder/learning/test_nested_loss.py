"""What a training step asks for: the whole from the hidden pieces, slices from them and from the whole."""

from dataclasses import replace

import pytest
import torch
from torch.nn.functional import cross_entropy, kl_div, log_softmax

from encoder import Encoder
from encoder.learning.captions import Batch
from encoder.learning.masking import MaskedTokens, Masking, mask_pieces
from encoder.learning.nested import nested_config, new_encoder
from encoder.learning.nested_loss import SHALLOW_WEIGHT, Slices, draw_slices, half_belief, is_among, nested_loss
from encoder.weights.nested import NestedEncoder, Shape, offered_shapes, slice_config

VOCAB = 31
WHOLE = Shape(3, 2, 48)
CONFIG = nested_config(VOCAB, WHOLE)


@pytest.fixture
def whole() -> Encoder:
    return new_encoder(CONFIG)


@pytest.fixture
def masked() -> MaskedTokens:
    token_ids = torch.randint(5, VOCAB, (4, 11), generator=torch.Generator().manual_seed(1))
    return mask_pieces(token_ids, VOCAB, Masking(rate=0.3), torch.Generator().manual_seed(2))


def logits_of(encoder: Encoder, masked: MaskedTokens) -> torch.Tensor:
    return encoder(masked.token_ids).prediction.logits.flatten(0, 1)[masked.places]


def test_without_slices_it_is_the_cross_entropy_of_the_whole(whole: Encoder, masked: MaskedTokens) -> None:
    parameters = dict(whole.named_parameters())
    total, logged = nested_loss(CONFIG, parameters, Batch(masked.token_ids, None), masked, Slices())
    expected = cross_entropy(logits_of(whole, masked), masked.pieces)
    torch.testing.assert_close(total, expected)
    torch.testing.assert_close(logged, expected.detach())


def test_a_slice_learns_half_from_the_pieces_and_half_from_the_whole(whole: Encoder, masked: MaskedTokens) -> None:
    parameters = dict(whole.named_parameters())
    slices = Slices(shapes=(Shape(2, 1, 32),), depths=(1,))
    total, logged = nested_loss(CONFIG, parameters, Batch(masked.token_ids, None), masked, slices)
    belief = logits_of(whole, masked).softmax(dim=-1)
    entropy = -(belief * belief.log()).sum(dim=-1).mean()

    def expected(encoder: Encoder) -> torch.Tensor:
        logits = logits_of(encoder, masked)
        from_whole = kl_div(log_softmax(logits, dim=-1), belief, reduction="batchmean") + entropy
        return cross_entropy(logits, masked.pieces) / 2 + from_whole / 2

    nested = NestedEncoder(whole)
    sum = logged + expected(nested.at(2, 1, 32)) + SHALLOW_WEIGHT * expected(nested.at(1, 2, 48))
    torch.testing.assert_close(total.detach(), sum.detach())


def test_the_whole_does_not_learn_from_its_own_belief() -> None:
    logits = torch.randn(3, 7, requires_grad=True)
    assert not half_belief(logits.detach(), torch.tensor([0, 3, 6])).requires_grad


def test_half_belief_is_a_distribution() -> None:
    target = half_belief(torch.randn(3, 7), torch.tensor([0, 3, 6]))
    torch.testing.assert_close(target.sum(dim=-1), torch.ones(3))


def lone(step: int, seed: int = 0, kept: tuple[Shape, ...] = (), n_slices: int = 1) -> Slices:
    """What is drawn while the whole leads alone."""
    drawn = draw_slices(CONFIG, step, seed, kept=kept, n_slices=n_slices)
    assert list(drawn) == [WHOLE]
    return drawn[WHOLE]


def test_steps_visit_every_shape_and_always_the_smallest() -> None:
    drawn = [lone(step) for step in range(400)]
    assert {shape for slices in drawn for shape in slices.shapes} == set(offered_shapes(CONFIG)) - {WHOLE}
    assert all(slices.shapes[-1] == Shape(1, 1, 16) and len(slices.shapes) == 2 for slices in drawn)
    assert {depth for slices in drawn for depth in slices.depths} == {1, 2}


def test_a_step_always_draws_the_same_slices() -> None:
    assert lone(17, seed=3) == lone(17, seed=3)
    assert len({lone(17, seed) for seed in range(9)}) > 1


def test_what_is_a_slice_of_a_kept_one_is_not_drawn() -> None:
    kept = (Shape(2, 2, 16), Shape(1, 4, 64))  # larger than the whole: as far as it goes
    drawn = [lone(step, kept=kept) for step in range(400)]
    shapes = {shape for slices in drawn for shape in slices.shapes}
    assert shapes == {shape for shape in offered_shapes(CONFIG) if not is_among(shape, kept)} - {WHOLE}
    assert all(len(slices.shapes) == 1 for slices in drawn)


@pytest.mark.parametrize("n_slices", [0, 1, 5])
@pytest.mark.parametrize("kept", [(), (Shape(1, 1, 16),)])
def test_as_many_slices_are_drawn_as_are_asked_for_and_the_smallest(n_slices: int, kept: tuple[Shape, ...]) -> None:
    assert len(lone(0, kept=kept, n_slices=n_slices).shapes) == n_slices + (not kept)


def test_no_depth_is_read_out_that_is_kept() -> None:
    assert {lone(step, kept=(replace(WHOLE, n_layers=1),)).depths for step in range(50)} == {(2,)}
    assert {lone(step, kept=(replace(WHOLE, n_layers=2),)).depths for step in range(50)} == {()}


def test_each_slice_learns_from_the_first_leader_that_offers_it() -> None:
    leaders, kept = (Shape(3, 1, 32), Shape(1, 2, 48)), (Shape(1, 1, 16),)
    drawn = [draw_slices(CONFIG, step, 0, leaders, kept) for step in range(300)]
    deep, flat = ({shape for slices in drawn for shape in slices[leader].shapes} for leader in leaders)
    offered = [shape for shape in offered_shapes(CONFIG) if not is_among(shape, kept)]
    assert deep == {shape for shape in offered if shape.is_slice_of(leaders[0])} - {leaders[0]}
    assert flat == {shape for shape in offered if shape.is_slice_of(leaders[1])} - deep - {leaders[1]}
    assert all(sum(len(slices.shapes) for slices in step.values()) == 1 for step in drawn)
    assert not any(slices.depths for step in drawn for slices in step.values())


def test_a_leader_within_another_has_slices_of_its_own() -> None:
    inner, leaders = Shape(2, 1, 32), (Shape(2, 1, 32), WHOLE)
    drawn = [draw_slices(CONFIG, step, 0, leaders, (Shape(1, 1, 16),)) for step in range(300)]
    small, large = ({shape for slices in drawn for shape in slices[leader].shapes} for leader in leaders)
    assert small == {shape for shape in offered_shapes(CONFIG) if shape.is_slice_of(inner)} - {inner, Shape(1, 1, 16)}
    assert not any(shape.is_slice_of(inner) for shape in large)
    assert large


def test_an_encoder_of_the_smallest_shape_learns_without_slices() -> None:
    smallest = Shape(1, 1, 16)
    assert draw_slices(slice_config(CONFIG, smallest), 0, 0) == {smallest: Slices()}
