"""What no command can have written is refused with ValueError, whichever table it stands in."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from encoder.analysis import JOBS
from encoder.tables.accuracy_table import AccuracyTable
from encoder.tables.head_effect_table import MAPS, HeadEffectTable
from encoder.tables.head_table import HeadTable
from encoder.tables.lone_table import LoneTable

TABLES: list[Callable[[Path], Any]] = [AccuracyTable.load, LoneTable.load, HeadTable.load, HeadEffectTable.load]
SIZES = {"n_layers": 2, "n_heads": 3, "d_model": 16}
MAP = [[0.25] * 3] * 2
CONTENT: dict[Callable[[Path], Any], dict[str, Any]] = {
    AccuracyTable.load: {
        "text": "dev.txt",
        "n_places": 11,
        "steps": 7,
        **{name: [size] for name, size in SIZES.items()},
        "accuracy": [[[0.5]]],
    },
    LoneTable.load: {"shapes": [{**SIZES, "steps": 7, "accuracy": 0.5}]},
    HeadTable.load: {
        "text": "dev.txt",
        "n_captions": 11,
        "shapes": [
            {
                **SIZES,
                "figures": {job.name: MAP for job in JOBS},
                "places": {job.name: 5 for job in JOBS},
            }
        ],
    },
    HeadEffectTable.load: {
        "text": "dev.txt",
        "captions": [],
        "shapes": [
            {
                **SIZES,
                **dict.fromkeys(MAPS, MAP),
                "log_probability": -2.5,
                "accuracy": 0.5,
                "n_sentences": 3,
                "n_places": 11,
            }
        ],
    },
}
ALL_SHAPES = [LoneTable.load, HeadTable.load, HeadEffectTable.load]


def changed(content: dict[str, Any], name: str, value: object) -> dict[str, Any]:
    """The content with another value for a name at its top, or in its only shape."""
    if name in content:
        return content | {name: value}
    return content | {"shapes": [content["shapes"][0] | {name: value}]}


@pytest.mark.parametrize("load", TABLES)
def test_the_content_that_is_changed_below_is_a_table(tmp_path: Path, load: Callable[[Path], Any]) -> None:
    (tmp_path / "table.json").write_text(json.dumps(CONTENT[load]), encoding="utf-8")
    load(tmp_path / "table.json")


@pytest.mark.parametrize("load", TABLES)
def test_endless_brackets_are_no_table(tmp_path: Path, load: Callable[[Path], Any]) -> None:
    (tmp_path / "deep.json").write_text(200_000 * "[", encoding="utf-8")
    with pytest.raises(ValueError, match=r"deep\.json is no table of .* Make it with"):
        load(tmp_path / "deep.json")


@pytest.mark.parametrize(
    ("load", "name", "value", "message"),
    [
        (AccuracyTable.load, "steps", float("inf"), "inf is no whole number of at least 0"),
        (LoneTable.load, "steps", float("inf"), "inf is no whole number of at least 0"),
        (LoneTable.load, "steps", 7.5, r"7\.5 is no whole number of at least 0"),
        (HeadTable.load, "n_captions", -1, "-1 is no whole number of at least 0"),
        (HeadEffectTable.load, "n_places", True, "True is no whole number of at least 0"),
        *[(load, "n_layers", -1, "n_layers is -1, no whole number of at least 1") for load in ALL_SHAPES],
        *[(load, "d_model", 16.7, r"d_model is 16\.7, no whole number of at least 1") for load in ALL_SHAPES],
        (AccuracyTable.load, "n_heads", [0], "n_heads is 0, no whole number of at least 1"),
        (AccuracyTable.load, "accuracy", [[[float("nan")]]], "nan is no number from 0 to 1"),
        (AccuracyTable.load, "accuracy", [[["0.5"]]], r"'0\.5' is no number from 0 to 1"),
        (LoneTable.load, "accuracy", 1.5, r"1\.5 is no number from 0 to 1"),
        (HeadEffectTable.load, "accuracy", float("nan"), "nan is no number from 0 to 1"),
        (HeadEffectTable.load, "output_changes", [[10**400] * 3] * 2, "int too large to convert"),
        (HeadTable.load, "figures", {job.name: [[0.1]] for job in JOBS}, r"of 2·3·16 is \(1, 1\), not \[layer, head\]"),
    ],
)
def test_a_number_that_cannot_stand_there_is_refused(
    tmp_path: Path, load: Callable[[Path], Any], name: str, value: object, message: str
) -> None:
    (tmp_path / "table.json").write_text(json.dumps(changed(CONTENT[load], name, value)), encoding="utf-8")
    with pytest.raises(ValueError, match=rf"table\.json is no table of .*{message}"):
        load(tmp_path / "table.json")


def test_a_table_of_accuracies_without_a_shape_is_none(tmp_path: Path) -> None:
    empty = CONTENT[AccuracyTable.load] | {"n_layers": [], "accuracy": []}
    (tmp_path / "table.json").write_text(json.dumps(empty), encoding="utf-8")
    with pytest.raises(ValueError, match=r"table\.json is no table of accuracies \(it holds no shape\)"):
        AccuracyTable.load(tmp_path / "table.json")
