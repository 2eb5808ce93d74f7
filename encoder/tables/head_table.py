"""Which heads do what, measured once and kept: the figures of every head of some shapes of a nested encoder."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self, final

from encoder.analysis.head_jobs import JOBS, HeadFigures
from encoder.tables.table_file import count, head_map, read_table, write_table
from encoder.weights.nested import Shape


@final
@dataclass(frozen=True, eq=False)
class HeadTable:
    """The figures of each measured shape; `text` names the captions, and `n_captions` counts them."""

    figures: Mapping[Shape, HeadFigures]
    text: str
    n_captions: int

    def save(self, path: Path | str) -> None:
        """Write the table as JSON: for each shape and job a figure by layer, then head, to four decimals."""
        shapes = [
            {
                **asdict(shape),
                "places": dict(measured.places),
                "figures": {
                    name: [[round(figure, 4) for figure in heads] for heads in values.tolist()]
                    for name, values in measured.figures.items()
                },
            }
            for shape, measured in self.figures.items()
        ]
        content = {"text": self.text, "n_captions": self.n_captions, "shapes": shapes}
        write_table(path, content)

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read a table that `save` wrote; raises ValueError that names the file if it cannot be read."""
        return read_table(path, cls._of, "heads", "encoder.learning.heads")

    @classmethod
    def _of(cls, content: Mapping[str, Any]) -> Self:
        figures = {Shape.of(entry): _figures(entry) for entry in content["shapes"]}
        return cls(figures, str(content["text"]), count(content["n_captions"]))


def _figures(entry: Mapping[str, Any]) -> HeadFigures:
    shape = Shape.of(entry)
    return HeadFigures(
        {job.name: head_map(entry["figures"][job.name], shape, job.name) for job in JOBS},
        {job.name: count(entry["places"][job.name]) for job in JOBS},
    )
