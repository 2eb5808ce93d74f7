"""The card says what is on record of a run, and the shipped card is the one that is made of the shipped files."""

import json
from pathlib import Path
from typing import Any

import pytest

from encoder.learning.card import card, run_words, steps_led
from encoder.learning.export import CARD_FILE, TRAINING_FILE
from encoder.learning.growth import Stage
from encoder.learning.nested import TABLE_FILE, WEIGHTS_FILE
from encoder.learning.training import Recipe
from encoder.tables.accuracy_table import AccuracyTable
from encoder.tables.lone_table import LoneTable
from encoder.weights import checkpoint
from encoder.weights.nested import Shape

SHIPPED = Path(__file__).parents[3] / "assets" / "nested"


def test_the_shipped_card_is_made_of_the_shipped_files() -> None:
    whole = checkpoint.load(SHIPPED / WEIGHTS_FILE)
    n_parameters = sum(values.numel() for values in whole.parameters())
    table, lone = AccuracyTable.load(SHIPPED / TABLE_FILE), LoneTable.load(SHIPPED / "alone.json")
    facts = json.loads((SHIPPED / TRAINING_FILE).read_text(encoding="utf-8"))
    assert table.steps == facts["step"] == sum(stage["steps"] for stage in facts["stages"])
    made = card(whole.config, n_parameters, table, facts, lone)
    assert made == (SHIPPED / CARD_FILE).read_text(encoding="utf-8")


def facts(**choices: Any) -> dict[str, Any]:
    stages = (
        Stage((Shape(1, 1, 16),), 4, 1e-3, 3),
        Stage((Shape(2, 2, 32), Shape(1, 4, 16)), 2, 2e-3, kept=(Shape(1, 1, 16), Shape(2, 1, 16))),
    )
    return {
        "captions": 20,
        "recipe": repr(Recipe(batch_size=5, **choices)),
        "stages": [stage.facts for stage in stages],
    }


def test_a_run_is_told_with_its_epochs_and_stages() -> None:
    words = run_words(6, facts())
    assert words.startswith("6 steps of 5 captions of similar length, 1.5 epochs. Muon moves the layers' matrices")
    schedule = "Schedule(steps={}, warm_up=100, decay_share=0.5, final=0.02)"
    assert f"| 1·1·16 | nothing | 3 | 4 | 0.001 | {schedule.format(4)} |" in words
    assert f"| 2·2·32, 1·4·16 | 1·1·16, 2·1·16 | 1 | 2 | 0.002 | {schedule.format(2)} |" in words


def test_nothing_is_said_of_earlier_runs_but_how_long_they_were() -> None:
    words = run_words(16, facts(earlier_steps=10))
    assert words.startswith(
        "16 steps of 5 captions of similar length, 4.0 epochs. 10 of them before these stages. Muon"
    )


def test_a_note_stands_below_the_stages() -> None:
    assert run_words(6, facts() | {"note": "One was otherwise."}).endswith(" |\n\nOne was otherwise.\n")
    assert run_words(6, facts()).endswith(" |\n")


def test_what_is_not_on_record_is_said_to_be_so() -> None:
    first, second = facts()["stages"]
    words = run_words(
        6, facts() | {"stages": [first | {"learning_rate": "not on record", "schedule": "not on record"}, second]}
    )
    assert "| 1·1·16 | nothing | 3 | 4 | not on record | not on record |" in words


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        (
            {},
            "Muon moves the layers' matrices, AdamW the rest;\nproducts in bfloat16, all else in float32; weight decay",
        ),
        ({"orthogonal": False}, "AdamW moves all parameters;\nproducts in bfloat16, all else in float32; weight decay"),
        ({"half_precision": False}, "Muon moves the layers' matrices, AdamW the rest;\nall in float32; weight decay"),
    ],
)
def test_the_recipe_is_told_as_it_was(choices: dict[str, bool], words: str) -> None:
    assert words in run_words(6, facts(**choices))


def test_a_slice_led_in_the_steps_of_its_stages() -> None:
    shapes = (Shape(1, 1, 16), Shape(2, 2, 32), Shape(1, 1, 32))
    assert [steps_led(shape, facts()) for shape in shapes] == [4, 2, 0]
