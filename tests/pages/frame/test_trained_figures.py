"""What is said of the figures that are shipped with the trained weights."""

import json

import pytest

from encoder.tables.accuracy_table import AccuracyTable
from encoder.tables.lone_table import LoneTable
from encoder.weights.nested import Shape
from pages.frame.trained_figures import sharing_in_words
from pages.frame.weights_source import NESTED_FOLDER

SMALL, LARGE = Shape(1, 1, 16), Shape(2, 1, 16)
NESTED = AccuracyTable({SMALL: 0.3, LARGE: 0.4}, "dev.txt", 11, 7)


@pytest.mark.parametrize(
    ("steps", "words"), [((1_000, 1_000), "for 1,000 steps each"), ((2_000, 1_000), "for 1,000 to 2,000 steps")]
)
def test_what_sharing_costs_is_told_with_how_long_the_others_learned(steps: tuple[int, int], words: str) -> None:
    lone = LoneTable({SMALL: 0.4, LARGE: 0.4}, dict(zip((SMALL, LARGE), steps, strict=True)))
    told = sharing_in_words(NESTED, lone)
    assert f"2 were also trained alone, {words}: as slices they have 75 to 100\u00a0% of the accuracy" in told


@pytest.mark.skipif(not NESTED_FOLDER.joinpath("training.json").exists(), reason="needs trained weights")
def test_the_training_put_first_what_is_compared() -> None:
    told = sharing_in_words(NESTED, LoneTable({SMALL: 0.4}, {SMALL: 7}))
    assert "The training put these first" in told
    stages = json.loads((NESTED_FOLDER / "training.json").read_text(encoding="utf-8"))["stages"]
    compared = LoneTable.load(NESTED_FOLDER / "alone.json").accuracy
    assert set(stages[-1]["leaders"]) == set(map(str, compared))
