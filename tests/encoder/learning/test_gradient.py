"""The gradient of a step in two parts is that of the whole batch, and the parts share out the slices."""

import pytest
import torch

from encoder import Encoder
from encoder.learning.captions import Batch
from encoder.learning.gradient import gradient, in_parts
from encoder.learning.masking import MaskedTokens, Masking, mask_pieces
from encoder.learning.nested import nested_config, new_encoder
from encoder.learning.nested_loss import Slices, draw_slices, nested_loss
from encoder.weights.nested import Shape

VOCAB = 31
CONFIG = nested_config(VOCAB, Shape(3, 2, 48))


@pytest.fixture
def whole() -> Encoder:
    return new_encoder(CONFIG)


@pytest.fixture
def batch() -> Batch:
    token_ids = torch.randint(5, VOCAB, (5, 11), generator=torch.Generator().manual_seed(1))
    return Batch(token_ids, torch.arange(11) < torch.tensor([[11], [7], [9], [11], [6]]))


@pytest.fixture
def masked(batch: Batch) -> MaskedTokens:
    return mask_pieces(batch.token_ids, VOCAB, Masking(rate=0.3), torch.Generator().manual_seed(2))


def test_without_slices_it_is_the_gradient_of_the_whole_batch(
    whole: Encoder, batch: Batch, masked: MaskedTokens
) -> None:
    parameters = dict(whole.named_parameters())
    gradients, logged = gradient(CONFIG, parameters, batch, masked, None)
    loss, _ = nested_loss(CONFIG, parameters, batch, masked, None)
    loss.backward()
    torch.testing.assert_close(logged, loss.detach())
    torch.testing.assert_close(dict(zip(parameters, gradients, strict=True)), grads(whole))


def test_with_slices_each_part_weighs_as_much_as_it_has_hidden_places(
    whole: Encoder, batch: Batch, masked: MaskedTokens
) -> None:
    parameters, slices = dict(whole.named_parameters()), draw_slices(CONFIG, 4, seed=0)
    gradients, _ = gradient(CONFIG, parameters, batch, masked, slices)
    losses = []
    for rows, own_slices in ((slice(0, 2), slices.shapes[:1]), (slice(2, 5), slices.shapes[1:])):
        here = (masked.places // 11 >= rows.start) & (masked.places // 11 < rows.stop)
        own = MaskedTokens(masked.token_ids[rows], masked.places[here] - 11 * rows.start, masked.pieces[here])
        part = Batch(batch.token_ids[rows], batch.key_mask[rows] if batch.key_mask is not None else None)
        loss, _ = nested_loss(CONFIG, parameters, part, own, Slices(own_slices, slices.turn))
        losses.append(loss * len(own.places))
    (sum(losses, torch.zeros(())) / len(masked.places)).backward()
    torch.testing.assert_close(dict(zip(parameters, gradients, strict=True)), grads(whole))


def test_two_runs_of_one_step_agree_bit_for_bit(whole: Encoder, batch: Batch, masked: MaskedTokens) -> None:
    parameters, slices = dict(whole.named_parameters()), draw_slices(CONFIG, 4, seed=0)
    first, again = (gradient(CONFIG, parameters, batch, masked, slices, half_precision=True)[0] for _ in range(2))
    assert all(map(torch.equal, first, again))


def test_a_part_without_a_hidden_piece_is_left_out(batch: Batch, whole: Encoder) -> None:
    masked = MaskedTokens(batch.token_ids, torch.tensor([30, 54]), torch.tensor([7, 8]))
    ((part, own, slices),) = in_parts(batch, masked, Slices((Shape(3, 1, 16), Shape(3, 2, 32))))
    assert part.token_ids.equal(batch.token_ids[2:])
    assert own.places.tolist() == [8, 32]
    assert slices == Slices((Shape(3, 2, 32),))
    gradients, _ = gradient(CONFIG, dict(whole.named_parameters()), batch, masked, None)
    assert all(values.isfinite().all() for values in gradients)


def test_a_batch_without_a_hidden_piece_moves_nothing(batch: Batch, whole: Encoder) -> None:
    nothing = torch.zeros(0, dtype=torch.int64)
    masked = MaskedTokens(batch.token_ids, nothing, nothing)
    gradients, loss = gradient(CONFIG, dict(whole.named_parameters()), batch, masked, draw_slices(CONFIG, 0, 0))
    assert float(loss) == 0
    assert not any(values.any() for values in gradients)


def grads(encoder: Encoder) -> dict[str, torch.Tensor]:
    return {name: values.grad for name, values in encoder.named_parameters() if values.grad is not None}
