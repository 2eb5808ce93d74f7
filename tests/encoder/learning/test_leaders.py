"""A step goes down what its leaders have lost, and what is kept stays as it is."""

import dataclasses
from pathlib import Path

import pytest
import torch

from encoder.learning import training
from encoder.learning.kept import Kept
from encoder.learning.training import Recipe, train
from encoder.weights.nested import Shape, slice_parameters
from tests.encoder.learning.small_run import CAPTIONS, RECIPE, SCHEDULE, small_encoder


def test_kept_slices_stay_as_they_are_and_all_other_numbers_learn(tmp_path: Path) -> None:
    encoder, begun = small_encoder(), small_encoder()
    kept = ("1·2·16", "2·1·16")
    train(encoder, CAPTIONS, dataclasses.replace(RECIPE, kept=kept), SCHEDULE, tmp_path)

    before, after = (dict(one.named_parameters()) for one in (begun, encoder))
    stays = {name: torch.zeros_like(values, dtype=torch.bool) for name, values in before.items()}
    for shape in map(Shape.parse, kept):
        for block in slice_parameters(stays, encoder.config, shape).values():
            block[...] = True
    for name, values in after.items():
        assert torch.equal(values[stays[name]], before[name][stays[name]]), name
        learning = values[~stays[name]] != before[name][~stays[name]]
        # Rows of pieces that are never read learn slowly, and a key's bias moves no weight.
        assert learning.float().mean() > 0.9 or "table" in name or not learning.numel() or "b_K" in name, name


def test_only_what_leaders_offer_learns(tmp_path: Path) -> None:
    encoder, begun = small_encoder(), small_encoder()
    leaders = (Shape(1, 2, 32), Shape(2, 1, 16))
    recipe = dataclasses.replace(RECIPE, leaders=tuple(map(str, leaders)), weight_decay=0.0)
    train(encoder, CAPTIONS, recipe, SCHEDULE, tmp_path)

    before, after = (dict(one.named_parameters()) for one in (begun, encoder))
    learns = {name: torch.zeros_like(values, dtype=torch.bool) for name, values in before.items()}
    for leader in leaders:
        for block in slice_parameters(learns, encoder.config, leader).values():
            block[...] = True
    second = "layers.1.feed_forward.W_1"
    assert learns[second].any()
    assert not learns[second].all()
    for name, values in after.items():
        assert torch.equal(values[~learns[name]], before[name][~learns[name]]), name
    assert (after[second] != before[second])[learns[second]].all()


def test_the_loss_of_a_step_is_the_mean_of_its_leaders() -> None:
    encoder, batch = small_encoder(), CAPTIONS.batch(torch.arange(4))
    parameters = dict(encoder.named_parameters())

    def loss(*leaders: str) -> float:
        recipe = dataclasses.replace(RECIPE, leaders=leaders, learning_rate=0.0)
        kept = Kept(parameters, encoder.config, ())
        return float(training.descend(encoder.config, parameters, [], recipe, 0, batch, kept))

    assert loss("1·2·32", "2·1·16") == pytest.approx((loss("1·2·32") + loss("2·1·16")) / 2)
    assert loss("2·2·32") == loss() != loss("1·2·32")


def gradients(recipe: Recipe) -> dict[str, torch.Tensor]:
    """What one step would go down, with the parameters as they are."""
    encoder = small_encoder()
    parameters = dict(encoder.named_parameters())
    kept = Kept(parameters, encoder.config, tuple(map(Shape.parse, recipe.kept)))
    training.descend(encoder.config, parameters, [], recipe, 0, CAPTIONS.batch(torch.arange(4)), kept)
    return {n: torch.zeros_like(values) if values.grad is None else values.grad for n, values in parameters.items()}


def test_a_step_goes_down_the_losses_of_all_leaders() -> None:
    recipe = dataclasses.replace(RECIPE, largest_gradient=1e9, n_slices=0, kept=("1·1·16",))
    both, first, second = (
        gradients(dataclasses.replace(recipe, leaders=leaders))
        for leaders in (("1·2·32", "2·1·16"), ("1·2·32",), ("2·1·16",))
    )
    name = "layers.0.feed_forward.W_1"
    # Alone, 2·1·16 would also be read out after its first layer; but 1·1·16 is kept.
    torch.testing.assert_close(both[name], first[name] + second[name])


def test_a_leader_that_is_named_twice_counts_twice() -> None:
    recipe = dataclasses.replace(RECIPE, largest_gradient=1e9, n_slices=0, kept=("1·1·16",))
    twice, once, alone = (
        gradients(dataclasses.replace(recipe, leaders=leaders))
        for leaders in (("2·1·16", "2·2·32", "2·2·32"), ("2·1·16", "2·2·32"), ("2·1·16",))
    )
    name = "layers.0.feed_forward.W_1"
    assert (once[name] - alone[name]).abs().max() > 1e-4
    torch.testing.assert_close(twice[name] - once[name], once[name] - alone[name])


def test_what_is_kept_has_no_part_in_how_long_a_step_may_be() -> None:
    recipe = dataclasses.replace(RECIPE, largest_gradient=1e-3, kept=("2·1·16",))
    found = gradients(recipe)
    for block in slice_parameters(found, small_encoder().config, Shape(2, 1, 16)).values():
        assert not block.any()
    assert float(torch.cat([own.flatten() for own in found.values()]).norm()) == pytest.approx(1e-3, rel=1e-2)
