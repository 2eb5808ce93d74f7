"""The table of accuracies: what a slider's step loses, and the file it is shipped in."""

from pathlib import Path

import pytest

from encoder.tables.accuracy_table import AccuracyTable
from encoder.weights.nested import Shape

# Two layers, one head, two widths: four moves of a slider, one of which loses .05.
FIGURES = {Shape(1, 1, 16): 0.30, Shape(1, 1, 32): 0.40, Shape(2, 1, 16): 0.32, Shape(2, 1, 32): 0.35}
TABLE = AccuracyTable(FIGURES, text="dev.txt", n_places=101, steps=7)


def test_falls_are_counted_for_every_move_of_one_slider() -> None:
    falls = TABLE.falls()
    assert len(falls) == 4
    assert falls[Shape(1, 1, 32), Shape(2, 1, 32)] == pytest.approx(0.05)
    assert falls[Shape(1, 1, 16), Shape(1, 1, 32)] == pytest.approx(-0.10)


def test_three_of_four_moves_lose_little() -> None:
    assert TABLE.share_of_moves_that_lose_at_most(0.015) == 0.75
    assert TABLE.share_of_moves_that_lose_at_most(0.06) == 1.0


def test_where_there_is_no_move_none_loses_much() -> None:
    single = AccuracyTable({Shape(1, 1, 16): 0.3}, "dev.txt", 101, 7)
    assert single.share_of_moves_that_lose_at_most(0.015) == 1.0


def test_a_saved_table_comes_back(tmp_path: Path) -> None:
    TABLE.save(tmp_path / "table.json")
    assert AccuracyTable.load(tmp_path / "table.json") == TABLE


def test_the_largest_shape_is_the_whole() -> None:
    assert TABLE.whole == Shape(2, 1, 32)


def test_a_shape_that_was_not_measured_is_refused() -> None:
    with pytest.raises(ValueError, match=r"3·1·16 was not measured; the table holds 4 shapes, up to 2·1·32\."):
        TABLE[Shape(3, 1, 16)]


@pytest.mark.parametrize("content", ["", "[]", '{"text": "dev.txt"}'])
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "table.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=r"table\.json is no table of accuracies .* Make it with"):
        AccuracyTable.load(path)
