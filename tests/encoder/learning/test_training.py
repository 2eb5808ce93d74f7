"""The loop: it learns, and a killed run ends as an uninterrupted one does."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.optim import Optimizer

from encoder import Encoder
from encoder.learning import training
from encoder.learning.captions import Captions
from encoder.learning.kept import Kept
from encoder.learning.nested import nested_config, new_encoder
from encoder.learning.schedule import Schedule
from encoder.learning.training import Checkpoint, Recipe, make_optimizers, train
from encoder.tokenizer import Tokenizer
from encoder.weights.nested import Shape, slice_parameters
from tests.encoder.learning.killed import killed_at

LINES = ["a man runs", "two dogs run in the snow", "a woman sits", "the cat sleeps", "two men sit on a bench"] * 3
RECIPE = Recipe(batch_size=4, half_precision=False, seed=3)
SCHEDULE = Schedule(steps=11, warm_up=3)


@pytest.fixture(scope="module")
def captions(tmp_path_factory: pytest.TempPathFactory) -> Captions:
    path = tmp_path_factory.mktemp("text") / "text.txt"
    path.write_text("\n".join(LINES), encoding="utf-8")
    return Captions.read(path, Tokenizer.load())


def small_encoder() -> Encoder:
    return new_encoder(nested_config(Tokenizer.load().vocab_size, Shape(2, 2, 32), seed=1))


def same(first: Encoder, second: Encoder) -> bool:
    pairs = zip(first.parameters(), second.parameters(), strict=True)
    return all(torch.equal(one, other) for one, other in pairs)


@pytest.mark.parametrize("nested", [True, False])
def test_a_killed_run_ends_as_an_uninterrupted_one(
    captions: Captions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nested: bool
) -> None:
    recipe = dataclasses.replace(RECIPE, nested=nested)
    uninterrupted = small_encoder()
    train(uninterrupted, captions, recipe, SCHEDULE, tmp_path / "one", checkpoint_every=3)

    with killed_at(7):
        train(small_encoder(), captions, recipe, SCHEDULE, tmp_path / "two", checkpoint_every=3)
    resumed = small_encoder()
    seen: list[Checkpoint] = []
    train(resumed, captions, recipe, SCHEDULE, tmp_path / "two", checkpoint_every=3, watch=seen.append)

    assert [checkpoint.step for checkpoint in seen] == [9, 11]
    assert same(resumed, uninterrupted)


def test_the_seed_alone_decides_the_result(captions: Captions, tmp_path: Path) -> None:
    def trained(name: str, seed: int) -> Encoder:
        encoder = small_encoder()
        recipe = dataclasses.replace(RECIPE, seed=seed)
        train(encoder, captions, recipe, Schedule(steps=3), tmp_path / name)
        return encoder

    first = trained("first", 1)
    assert same(first, trained("again", 1))
    assert not same(first, trained("other", 2))


@pytest.mark.parametrize("half_precision", [True, False])
def test_the_whole_learns_a_small_text_by_heart(captions: Captions, tmp_path: Path, half_precision: bool) -> None:
    recipe = Recipe(batch_size=15, half_precision=half_precision, learning_rate=5e-3)
    seen: list[Checkpoint] = []
    train(small_encoder(), captions, recipe, Schedule(60, warm_up=5), tmp_path, checkpoint_every=20, watch=seen.append)
    assert seen[0].loss > 3.0
    assert seen[-1].loss < 1.5


def test_a_run_of_another_recipe_is_not_resumed(captions: Captions, tmp_path: Path) -> None:
    train(small_encoder(), captions, RECIPE, Schedule(steps=1), tmp_path)
    other = dataclasses.replace(RECIPE, learning_rate=1e-3)
    with pytest.raises(
        ValueError, match=r"was begun with recipe .* Give the same again to resume it, or another --out"
    ):
        train(small_encoder(), captions, other, Schedule(steps=2), tmp_path)


def test_a_run_on_another_text_is_not_resumed(captions: Captions, tmp_path: Path) -> None:
    train(small_encoder(), captions, RECIPE, Schedule(steps=1), tmp_path)
    other = Captions.of([*LINES[:-1], "two men sit on a horse"], Tokenizer.load())
    assert len(other) == len(captions)
    with pytest.raises(ValueError, match=r"was begun with text .* Give the same again to resume it, or another --out"):
        train(small_encoder(), other, RECIPE, Schedule(steps=2), tmp_path)


def test_the_schedule_decides_how_large_each_step_is(
    captions: Captions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates: list[list[float]] = []
    descend = training.descend

    def watched(config: object, parameters: object, optimizers: list[Optimizer], *rest: object) -> torch.Tensor:
        rates.append([group["lr"] for optimizer in optimizers for group in optimizer.param_groups])
        return descend(config, parameters, optimizers, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(training, "descend", watched)
    train(small_encoder(), captions, RECIPE, SCHEDULE, tmp_path)
    assert rates == [[RECIPE.learning_rate * SCHEDULE.factor(step)] * 3 for step in range(SCHEDULE.steps)]


@pytest.mark.parametrize("orthogonal", [True, False])
def test_vectors_do_not_decay_and_matrices_do(orthogonal: bool) -> None:
    encoder = small_encoder()
    decay = {
        id(values): group["weight_decay"]
        for optimizer in make_optimizers(encoder, dataclasses.replace(RECIPE, orthogonal=orthogonal))
        for group in optimizer.param_groups
        for values in group["params"]
    }
    assert decay == {id(values): RECIPE.weight_decay * (values.ndim > 1) for values in encoder.parameters()}


def test_a_gradient_is_shortened_to_the_largest_that_is_allowed(captions: Captions) -> None:
    encoder, recipe = small_encoder(), dataclasses.replace(RECIPE, largest_gradient=1e-3)
    parameters = dict(encoder.named_parameters())
    batch = captions.batch(torch.arange(4))
    kept = Kept(parameters, encoder.config, ())
    training.descend(encoder.config, parameters, make_optimizers(encoder, recipe), recipe, 0, batch, kept)
    gradients = torch.cat([values.grad.flatten() for values in parameters.values() if values.grad is not None])
    assert float(gradients.norm()) == pytest.approx(1e-3, rel=1e-2)


def test_kept_slices_stay_as_they_are_and_all_other_numbers_learn(captions: Captions, tmp_path: Path) -> None:
    encoder, begun = small_encoder(), small_encoder()
    kept = ("1·2·16", "2·1·16")
    train(encoder, captions, dataclasses.replace(RECIPE, kept=kept), SCHEDULE, tmp_path)

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


def test_only_what_leaders_offer_learns(captions: Captions, tmp_path: Path) -> None:
    encoder, begun = small_encoder(), small_encoder()
    leaders = (Shape(1, 2, 32), Shape(2, 1, 16))
    recipe = dataclasses.replace(RECIPE, leaders=tuple(map(str, leaders)), weight_decay=0.0)
    train(encoder, captions, recipe, SCHEDULE, tmp_path)

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


def test_the_loss_of_a_step_is_the_mean_of_its_leaders(captions: Captions) -> None:
    encoder, batch = small_encoder(), captions.batch(torch.arange(4))
    parameters = dict(encoder.named_parameters())

    def loss(*leaders: str) -> float:
        recipe = dataclasses.replace(RECIPE, leaders=leaders, learning_rate=0.0)
        kept = Kept(parameters, encoder.config, ())
        return float(training.descend(encoder.config, parameters, [], recipe, 0, batch, kept))

    assert loss("1·2·32", "2·1·16") == pytest.approx((loss("1·2·32") + loss("2·1·16")) / 2)
    assert loss("2·2·32") == loss() != loss("1·2·32")


def gradients(captions: Captions, recipe: Recipe) -> dict[str, torch.Tensor]:
    """What one step would go down, with the parameters as they are."""
    encoder = small_encoder()
    parameters = dict(encoder.named_parameters())
    kept = Kept(parameters, encoder.config, tuple(map(Shape.parse, recipe.kept)))
    training.descend(encoder.config, parameters, [], recipe, 0, captions.batch(torch.arange(4)), kept)
    return {n: torch.zeros_like(values) if values.grad is None else values.grad for n, values in parameters.items()}


def test_a_step_goes_down_the_losses_of_all_leaders(captions: Captions) -> None:
    recipe = dataclasses.replace(RECIPE, largest_gradient=1e9, n_slices=0, kept=("1·1·16",))
    both, first, second = (
        gradients(captions, dataclasses.replace(recipe, leaders=leaders))
        for leaders in (("1·2·32", "2·1·16"), ("1·2·32",), ("2·1·16",))
    )
    name = "layers.0.feed_forward.W_1"
    # Alone, 2·1·16 would also be read out after its first layer; but 1·1·16 is kept.
    torch.testing.assert_close(both[name], first[name] + second[name])


def test_what_is_kept_has_no_part_in_how_long_a_step_may_be(captions: Captions) -> None:
    recipe = dataclasses.replace(RECIPE, largest_gradient=1e-3, kept=("2·1·16",))
    found = gradients(captions, recipe)
    for block in slice_parameters(found, small_encoder().config, Shape(2, 1, 16)).values():
        assert not block.any()
    assert float(torch.cat([own.flatten() for own in found.values()]).norm()) == pytest.approx(1e-3, rel=1e-2)


def test_a_run_is_not_resumed_with_fewer_steps_than_it_has_done(captions: Captions, tmp_path: Path) -> None:
    train(small_encoder(), captions, RECIPE, Schedule(steps=3), tmp_path)
    with pytest.raises(ValueError, match=r"has done 3 steps, more than 2\. Give as many at least"):
        train(small_encoder(), captions, RECIPE, Schedule(steps=2), tmp_path)


def test_a_run_without_checkpoints_is_refused(captions: Captions, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="checkpoint_every is 0"):
        train(small_encoder(), captions, RECIPE, Schedule(steps=1), tmp_path / "run", checkpoint_every=0)
    assert not (tmp_path / "run").exists()


def test_a_run_that_keeps_other_slices_is_not_resumed(captions: Captions, tmp_path: Path) -> None:
    train(small_encoder(), captions, RECIPE, Schedule(steps=1), tmp_path)
    with pytest.raises(ValueError, match=r"was begun with recipe "):
        train(small_encoder(), captions, dataclasses.replace(RECIPE, kept=("1·1·16",)), Schedule(steps=2), tmp_path)


def test_a_further_run_reads_on_in_the_captions(
    captions: Captions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[torch.Tensor] = []
    descend = training.descend

    def watched(*arguments: Any) -> torch.Tensor:
        read.append(arguments[5].token_ids)
        return descend(*arguments)

    monkeypatch.setattr(training, "descend", watched)
    train(small_encoder(), captions, RECIPE, Schedule(steps=6), tmp_path / "one")
    train(small_encoder(), captions, dataclasses.replace(RECIPE, earlier_steps=4), Schedule(steps=2), tmp_path / "two")
    assert all(map(torch.equal, read[4:6], read[6:8]))
    assert not torch.equal(read[0], read[4])


def test_a_finished_run_has_nothing_left_to_do(captions: Captions, tmp_path: Path) -> None:
    first, second = small_encoder(), small_encoder()
    train(first, captions, RECIPE, Schedule(steps=2), tmp_path)
    train(second, captions, RECIPE, Schedule(steps=2), tmp_path)
    assert same(first, second)
