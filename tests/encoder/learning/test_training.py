"""The loop: it learns, and the schedule and the recipe decide how."""

import dataclasses
from pathlib import Path

import pytest
import torch
from torch.optim import Optimizer

from encoder import Encoder
from encoder.learning import training
from encoder.learning.kept import Kept
from encoder.learning.schedule import Schedule
from encoder.learning.training import Checkpoint, Recipe, make_optimizers, train
from tests.encoder.learning.small_run import CAPTIONS, RECIPE, SCHEDULE, same, small_encoder


def test_the_seed_alone_decides_the_result(tmp_path: Path) -> None:
    def trained(name: str, seed: int) -> Encoder:
        encoder = small_encoder()
        recipe = dataclasses.replace(RECIPE, seed=seed)
        train(encoder, CAPTIONS, recipe, Schedule(steps=3), tmp_path / name)
        return encoder

    first = trained("first", 1)
    assert same(first, trained("again", 1))
    assert not same(first, trained("other", 2))


@pytest.mark.parametrize("half_precision", [True, False])
def test_the_whole_learns_a_small_text_by_heart(tmp_path: Path, half_precision: bool) -> None:
    recipe = Recipe(batch_size=15, half_precision=half_precision, learning_rate=5e-3)
    seen: list[Checkpoint] = []
    train(small_encoder(), CAPTIONS, recipe, Schedule(60, warm_up=5), tmp_path, checkpoint_every=20, watch=seen.append)
    assert seen[0].loss > 3.0
    assert seen[-1].loss < 1.5


def test_the_schedule_decides_how_large_each_step_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rates: list[list[float]] = []
    descend = training.descend

    def watched(config: object, parameters: object, optimizers: list[Optimizer], *rest: object) -> torch.Tensor:
        rates.append([group["lr"] for optimizer in optimizers for group in optimizer.param_groups])
        return descend(config, parameters, optimizers, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(training, "descend", watched)
    train(small_encoder(), CAPTIONS, RECIPE, SCHEDULE, tmp_path)
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


def test_a_gradient_is_shortened_to_the_largest_that_is_allowed() -> None:
    encoder, recipe = small_encoder(), dataclasses.replace(RECIPE, largest_gradient=1e-3)
    parameters = dict(encoder.named_parameters())
    batch = CAPTIONS.batch(torch.arange(4))
    kept = Kept(parameters, encoder.config, ())
    training.descend(encoder.config, parameters, make_optimizers(encoder, recipe), recipe, 0, batch, kept)
    gradients = torch.cat([values.grad.flatten() for values in parameters.values() if values.grad is not None])
    assert float(gradients.norm()) == pytest.approx(1e-3, rel=1e-2)


def test_a_run_without_checkpoints_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="checkpoint_every is 0"):
        train(small_encoder(), CAPTIONS, RECIPE, Schedule(steps=1), tmp_path / "run", checkpoint_every=0)
    assert not (tmp_path / "run").exists()
