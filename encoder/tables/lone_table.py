"""What the slices of a nested encoder are compared with: encoders of the same shapes, each trained alone."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self, final

from encoder.tables.accuracy_table import AccuracyTable
from encoder.tables.table_file import count, read_table, share, write_table
from encoder.weights.nested import Shape


@final
@dataclass(frozen=True)
class LoneTable:
    """The accuracy of some shapes, from 0 to 1, when nothing but this shape was trained, for so many batches each."""

    accuracy: Mapping[Shape, float]
    steps: Mapping[Shape, int]

    def shares(self, nested: AccuracyTable) -> dict[Shape, float]:
        """Return how much of a lone encoder's accuracy the slice of the same shape has: accuracy ÷ accuracy."""
        return {shape: nested[shape] / figure for shape, figure in self.accuracy.items() if figure}

    def save(self, path: Path | str) -> None:
        """Write the table as JSON, accuracies to four decimals."""
        shapes = [
            {**asdict(shape), "steps": self.steps[shape], "accuracy": round(figure, 4)}
            for shape, figure in self.accuracy.items()
        ]
        write_table(path, {"shapes": shapes})

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read a table that `save` wrote; raises ValueError that names the file if it cannot be read."""
        return read_table(path, cls._of, "lone encoders", "encoder.learning.alone")

    @classmethod
    def _of(cls, content: Mapping[str, Any]) -> Self:
        entries = {Shape.of(entry): entry for entry in content["shapes"]}
        return cls(
            {shape: share(entry["accuracy"]) for shape, entry in entries.items()},
            {shape: count(entry["steps"]) for shape, entry in entries.items()},
        )
