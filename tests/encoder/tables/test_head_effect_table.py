import json
from pathlib import Path
from typing import Any

import pytest
import torch

from encoder.analysis import MeanHeadEffects
from encoder.tables.head_effect_table import MAPS, HeadEffectTable
from encoder.weights.nested import Shape

SHAPE = Shape(2, 3, 16)


def table() -> HeadEffectTable:
    generator = torch.Generator().manual_seed(0)
    output, log_probability, accuracy = torch.randn(3, 2, 3, generator=generator, dtype=torch.float64)
    effects = MeanHeadEffects(output, log_probability, accuracy, -2.5, 0.375, 11, 7)
    return HeadEffectTable({SHAPE: effects}, "dev.txt", ("A dog.", "Zwei Männer <b>"))


def test_a_saved_table_is_the_same_to_six_decimals(tmp_path: Path) -> None:
    saved = table()
    saved.save(tmp_path / "head_effects.json")
    loaded = HeadEffectTable.load(tmp_path / "head_effects.json")
    assert (list(loaded.effects), loaded.text, loaded.captions) == ([SHAPE], "dev.txt", saved.captions)
    effects, expected = loaded.effects[SHAPE], saved.effects[SHAPE]
    assert (effects.log_probability, effects.accuracy) == (-2.5, 0.375)
    assert (effects.n_sentences, effects.n_places) == (11, 7)
    for name in MAPS:
        torch.testing.assert_close(getattr(effects, name), getattr(expected, name), rtol=0, atol=5e-7)


@pytest.mark.parametrize("content", ["", "{}", json.dumps({"shapes": [{}]}), "[]"])
def test_what_is_no_table_is_refused_by_name(tmp_path: Path, content: str) -> None:
    path = tmp_path / "head_effects.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(
        ValueError, match=r"head_effects.json is no table of head effects .*encoder\.learning\.head_effects"
    ):
        HeadEffectTable.load(path)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"n_heads": 2}, r"output_changes of 2·2·16 is \(2, 3\), not \[layer, head\]"),
        ({"accuracy_changes": [[0.0, 0.0, 0.0]]}, r"accuracy_changes of 2·3·16 is \(1, 3\), not \[layer, head\]"),
        ({"accuracy_changes": [["a"]]}, "no table of head effects"),
        ({"n_places": None}, "no table of head effects"),
    ],
)
def test_a_map_of_another_shape_is_refused(tmp_path: Path, change: dict[str, Any], complaint: str) -> None:
    path = tmp_path / "head_effects.json"
    table().save(path)
    content = json.loads(path.read_text(encoding="utf-8"))
    content["shapes"][0] |= change
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ValueError, match=complaint):
        HeadEffectTable.load(path)


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"gone\.json is no table of head effects"):
        HeadEffectTable.load(tmp_path / "gone.json")
