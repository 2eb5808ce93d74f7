"""A killed run ends as an uninterrupted one does, and what is another run is not gone on with."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch

from encoder.learning import training
from encoder.learning.captions import Captions
from encoder.learning.schedule import Schedule
from encoder.learning.training import Checkpoint, train
from encoder.tokenizer import Tokenizer
from tests.encoder.learning.killed import killed_at
from tests.encoder.learning.small_run import CAPTIONS, LINES, RECIPE, SCHEDULE, same, small_encoder


@pytest.mark.parametrize("nested", [True, False])
def test_a_killed_run_ends_as_an_uninterrupted_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nested: bool
) -> None:
    recipe = dataclasses.replace(RECIPE, nested=nested)
    uninterrupted = small_encoder()
    train(uninterrupted, CAPTIONS, recipe, SCHEDULE, tmp_path / "one", checkpoint_every=3)

    with killed_at(7):
        train(small_encoder(), CAPTIONS, recipe, SCHEDULE, tmp_path / "two", checkpoint_every=3)
    resumed = small_encoder()
    seen: list[Checkpoint] = []
    train(resumed, CAPTIONS, recipe, SCHEDULE, tmp_path / "two", checkpoint_every=3, watch=seen.append)

    assert [checkpoint.step for checkpoint in seen] == [9, 11]
    assert same(resumed, uninterrupted)


def test_a_run_of_another_recipe_is_not_resumed(tmp_path: Path) -> None:
    train(small_encoder(), CAPTIONS, RECIPE, Schedule(steps=1), tmp_path)
    other = dataclasses.replace(RECIPE, learning_rate=1e-3)
    with pytest.raises(
        ValueError, match=r"was begun with recipe .* Give the same again to resume it, or another --out"
    ):
        train(small_encoder(), CAPTIONS, other, Schedule(steps=2), tmp_path)


def test_a_run_on_another_text_is_not_resumed(tmp_path: Path) -> None:
    train(small_encoder(), CAPTIONS, RECIPE, Schedule(steps=1), tmp_path)
    other = Captions.of([*LINES[:-1], "two men sit on a horse"], Tokenizer.load())
    assert len(other) == len(CAPTIONS)
    with pytest.raises(ValueError, match=r"was begun with text .* Give the same again to resume it, or another --out"):
        train(small_encoder(), other, RECIPE, Schedule(steps=2), tmp_path)


def test_a_run_is_not_resumed_with_fewer_steps_than_it_has_done(tmp_path: Path) -> None:
    train(small_encoder(), CAPTIONS, RECIPE, Schedule(steps=3), tmp_path)
    with pytest.raises(ValueError, match=r"has done 3 steps, more than 2\. Give as many at least"):
        train(small_encoder(), CAPTIONS, RECIPE, Schedule(steps=2), tmp_path)


def test_a_run_that_keeps_other_slices_is_not_resumed(tmp_path: Path) -> None:
    train(small_encoder(), CAPTIONS, RECIPE, Schedule(steps=1), tmp_path)
    with pytest.raises(ValueError, match=r"was begun with recipe "):
        train(small_encoder(), CAPTIONS, dataclasses.replace(RECIPE, kept=("1·1·16",)), Schedule(steps=2), tmp_path)


def test_a_further_run_reads_on_in_the_captions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[torch.Tensor] = []
    descend = training.descend

    def watched(*arguments: Any) -> torch.Tensor:
        read.append(arguments[5].token_ids)
        return descend(*arguments)

    monkeypatch.setattr(training, "descend", watched)
    train(small_encoder(), CAPTIONS, RECIPE, Schedule(steps=6), tmp_path / "one")
    train(small_encoder(), CAPTIONS, dataclasses.replace(RECIPE, earlier_steps=4), Schedule(steps=2), tmp_path / "two")
    assert all(map(torch.equal, read[4:6], read[6:8]))
    assert not torch.equal(read[0], read[4])


def test_a_finished_run_has_nothing_left_to_do(tmp_path: Path) -> None:
    first, second = small_encoder(), small_encoder()
    train(first, CAPTIONS, RECIPE, Schedule(steps=2), tmp_path)
    train(second, CAPTIONS, RECIPE, Schedule(steps=2), tmp_path)
    assert same(first, second)
