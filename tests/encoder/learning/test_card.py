"""The card says what is on record of a run, and the shipped card is the one that is made of the shipped files."""

from pathlib import Path
from typing import Any

import pytest

from encoder.learning.card import card, run_words
from encoder.learning.export import CARD_FILE
from encoder.learning.nested import TABLE_FILE, WEIGHTS_FILE
from encoder.learning.training import Recipe
from encoder.tables.accuracy_table import AccuracyTable
from encoder.tables.lone_table import LoneTable
from encoder.weights import checkpoint

SHIPPED = Path(__file__).parents[3] / "assets" / "nested"
# What is known of the run that is shipped; its state was written before a run's schedule was put on record.
SHIPPED_FACTS = {
    "captions": 145_000,
    "recipe": repr(Recipe(learning_rate=0.0015, seed=1, earlier_steps=14_600)),
    "schedule": "warmed up again and shrunk over the whole run",
}


def test_the_shipped_card_is_made_of_the_shipped_files() -> None:
    whole = checkpoint.load(SHIPPED / WEIGHTS_FILE)
    n_parameters = sum(values.numel() for values in whole.parameters())
    table, lone = AccuracyTable.load(SHIPPED / TABLE_FILE), LoneTable.load(SHIPPED / "alone.json")
    made = card(whole.config, n_parameters, table, SHIPPED_FACTS, lone)
    assert made == (SHIPPED / CARD_FILE).read_text(encoding="utf-8")


def facts(**choices: Any) -> dict[str, Any]:
    return {"captions": 20, "recipe": repr(Recipe(batch_size=5, **choices))}


def test_a_single_run_is_told_with_its_epochs_and_schedule() -> None:
    words = run_words(6, facts() | {"schedule": "Schedule(steps=6)"})
    assert words.startswith("6 steps of 5 captions of similar length, 1.5 epochs.\nMuon moves the layers' matrices")
    assert words.endswith("\nLearning rate: Schedule(steps=6).")


def test_nothing_is_said_of_earlier_runs_but_how_long_they_were() -> None:
    words = run_words(10, facts(earlier_steps=6))
    assert words.startswith("6 + 4 steps. The last run began with the parameters of the earlier steps and new averages")
    assert "4 steps of 5 captions of similar length, 1.0 epochs" in words
    assert words.endswith("\nLearning rate: its schedule is not on record.")
    assert "another" not in words


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({}, "Muon moves the layers' matrices, AdamW the rest; products in bfloat16, all else in float32: `Recipe("),
        ({"orthogonal": False}, "AdamW moves all parameters; products in bfloat16, all else in float32: `Recipe("),
        ({"half_precision": False}, "Muon moves the layers' matrices, AdamW the rest; all in float32: `Recipe("),
    ],
)
def test_the_recipe_is_told_as_it_was(choices: dict[str, bool], words: str) -> None:
    assert words in run_words(6, facts(**choices))
