import json
from pathlib import Path

import pytest
import torch

from encoder.analysis import JOBS, HeadFigures
from encoder.tables.head_table import HeadTable
from encoder.weights.nested import Shape

SHAPE = Shape(2, 3, 16)


def table() -> HeadTable:
    generator = torch.Generator().manual_seed(0)
    figures = {job.name: torch.rand(2, 3, generator=generator, dtype=torch.float64) for job in JOBS}
    return HeadTable({SHAPE: HeadFigures(figures, {job.name: 7 for job in JOBS})}, "dev.txt", 11)


def test_a_saved_table_is_the_same_to_four_decimals(tmp_path: Path) -> None:
    saved = table()
    saved.save(tmp_path / "heads.json")
    loaded = HeadTable.load(tmp_path / "heads.json")
    assert (loaded.text, loaded.n_captions, list(loaded.figures)) == ("dev.txt", 11, [SHAPE])
    assert loaded.figures[SHAPE].places == saved.figures[SHAPE].places
    for job in JOBS:
        expected = saved.figures[SHAPE].figures[job.name]
        torch.testing.assert_close(loaded.figures[SHAPE].figures[job.name], expected, rtol=0, atol=5e-5)


@pytest.mark.parametrize("content", ["", "{}", json.dumps({"shapes": [{}]}), "[]"])
def test_what_is_no_table_is_refused_by_name(tmp_path: Path, content: str) -> None:
    path = tmp_path / "heads.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=r"heads.json is no table of heads .*encoder\.learning\.heads"):
        HeadTable.load(path)
