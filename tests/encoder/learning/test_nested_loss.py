"""What a training step asks for: the whole from the hidden pieces, slices from them and from the whole."""

import pytest
import torch
from torch.nn.functional import cross_entropy, kl_div, log_softmax

from encoder import Encoder
from encoder.learning.captions import Batch
from encoder.learning.masking import MaskedTokens, Masking, mask_pieces
from encoder.learning.nested import nested_config, new_encoder
from encoder.learning.nested_loss import (
    DEPTHS_A_PLACE,
    SHALLOW_WEIGHT,
    SLICES_A_STEP,
    Slices,
    deep_loss,
    draw_slices,
    half_belief,
    nested_loss,
)
from encoder.weights.nested import NestedEncoder, Shape, offered_shapes

VOCAB = 31
CONFIG = nested_config(VOCAB, Shape(3, 2, 48))


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
    total, logged = nested_loss(CONFIG, parameters, Batch(masked.token_ids, None), masked, None)
    expected = cross_entropy(logits_of(whole, masked), masked.pieces)
    torch.testing.assert_close(total, expected)
    torch.testing.assert_close(logged, expected.detach())


def test_slices_and_shallow_layers_learn_half_from_the_pieces_and_half_from_the_whole(
    whole: Encoder, masked: MaskedTokens
) -> None:
    """With two layers every place is read out after both, so the mean over a slice's depths can be written out."""
    nested = NestedEncoder(NestedEncoder(whole).at(2, 2, 48))
    slices = Slices(shapes=(Shape(2, 1, 32), Shape(2, 2, 16)), turn=3)
    parameters = dict(nested.whole.named_parameters())
    total, logged = nested_loss(nested.whole.config, parameters, Batch(masked.token_ids, None), masked, slices)
    belief = logits_of(nested.whole, masked).softmax(dim=-1)
    entropy = -(belief * belief.log()).sum(dim=-1).mean()

    def expected(n_layers: int, n_heads: int, d_model: int) -> torch.Tensor:
        logits = logits_of(nested.at(n_layers, n_heads, d_model), masked)
        from_whole = kl_div(log_softmax(logits, dim=-1), belief, reduction="batchmean") + entropy
        return cross_entropy(logits, masked.pieces) / 2 + from_whole / 2

    sum = logged + SHALLOW_WEIGHT * expected(1, 2, 48)
    sum += (expected(1, 1, 32) + expected(2, 1, 32)) / 2 + (expected(1, 2, 16) + expected(2, 2, 16)) / 2
    torch.testing.assert_close(total.detach(), sum.detach())


@pytest.mark.parametrize("n_layers", [1, 2, 3, 6])
def test_the_places_are_read_out_after_every_layer_equally_often(n_layers: int, whole: Encoder) -> None:
    """The gradient reaches the stream at exactly the places and layers that were read out."""
    stream = [torch.randn(1, 12, 48, requires_grad=True) for _ in range(n_layers)]
    parameters = dict(whole.named_parameters())
    reached = torch.zeros(n_layers, 12)
    for turn in range(n_layers):
        deep_loss(CONFIG, parameters, stream, torch.arange(12), torch.full((12, VOCAB), 1 / VOCAB), turn).backward()
        reached += torch.stack([values.grad[0].abs().sum(dim=-1) > 0 for values in stream if values.grad is not None])
        for values in stream:
            values.grad = None
    assert (reached == min(DEPTHS_A_PLACE, n_layers)).all()


def test_the_whole_does_not_learn_from_its_own_belief() -> None:
    logits = torch.randn(3, 7, requires_grad=True)
    assert not half_belief(logits.detach(), torch.tensor([0, 3, 6])).requires_grad


def test_half_belief_is_a_distribution() -> None:
    target = half_belief(torch.randn(3, 7), torch.tensor([0, 3, 6]))
    torch.testing.assert_close(target.sum(dim=-1), torch.ones(3))


def test_steps_visit_all_heads_and_widths_at_full_depth() -> None:
    drawn = [draw_slices(CONFIG, step, seed=0) for step in range(100)]
    full = {shape for shape in offered_shapes(CONFIG) if shape.n_layers == CONFIG.n_layers}
    assert {shape for slices in drawn for shape in slices.shapes} == full
    assert [slices.turn for slices in drawn] == list(range(100))


def test_the_slices_of_a_step_differ_in_heads_and_in_width() -> None:
    config = nested_config(VOCAB, Shape(6, 8, 128))
    for step in range(50):
        shapes = draw_slices(config, step, seed=0).shapes
        assert len(shapes) == SLICES_A_STEP
        assert len({shape.n_heads for shape in shapes}) == len({shape.d_model for shape in shapes}) == len(shapes)


def test_a_step_always_draws_the_same_slices() -> None:
    assert draw_slices(CONFIG, 17, seed=3) == draw_slices(CONFIG, 17, seed=3)
    assert len({draw_slices(CONFIG, 17, seed) for seed in range(9)}) > 1
