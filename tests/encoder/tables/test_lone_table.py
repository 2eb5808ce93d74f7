"""What slices are compared with: the file it is shipped in, and the shares that follow from it."""

from pathlib import Path

import pytest

from encoder.tables.accuracy_table import AccuracyTable
from encoder.tables.lone_table import LoneTable
from encoder.weights.nested import Shape

ACCURACY = {Shape(1, 1, 16): 0.4, Shape(2, 1, 32): 0.5, Shape(2, 1, 16): 0.0}
LONE = LoneTable(ACCURACY, steps=dict(zip(ACCURACY, (7, 9, 7), strict=True)))


def test_a_share_is_the_slice_s_accuracy_by_the_lone_encoder_s() -> None:
    nested = AccuracyTable({Shape(1, 1, 16): 0.3, Shape(2, 1, 16): 0.1, Shape(2, 1, 32): 0.5}, "dev.txt", 11, 7)
    assert LONE.shares(nested) == pytest.approx({Shape(1, 1, 16): 0.75, Shape(2, 1, 32): 1.0})


def test_a_saved_table_comes_back(tmp_path: Path) -> None:
    LONE.save(tmp_path / "alone.json")
    assert LoneTable.load(tmp_path / "alone.json") == LONE


@pytest.mark.parametrize("content", ["", "[]", '{"shapes": [{"n_layers": 1}]}'])
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "alone.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=r"alone\.json is no table of lone encoders .* Make it with"):
        LoneTable.load(path)
