"""What the slices of a nested encoder are compared with: encoders of the same shapes, each trained alone."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self, final

from encoder.weights.accuracy_table import AccuracyTable
from encoder.weights.nested import Shape


@final
@dataclass(frozen=True)
class LoneTable:
    """The accuracy of some shapes, from 0 to 1, when nothing but this shape was trained, for `steps` batches."""

    accuracy: Mapping[Shape, float]
    steps: int

    def shares(self, nested: AccuracyTable) -> dict[Shape, float]:
        """Return how much of a lone encoder's accuracy the slice of the same shape has: accuracy ÷ accuracy."""
        return {shape: nested[shape] / figure for shape, figure in self.accuracy.items() if figure}

    def save(self, path: Path | str) -> None:
        """Write the table as JSON, accuracies to four decimals."""
        shapes = [{**asdict(shape), "accuracy": round(figure, 4)} for shape, figure in self.accuracy.items()]
        Path(path).write_text(json.dumps({"steps": self.steps, "shapes": shapes}) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read a table that `save` wrote; raises ValueError that names the file if it cannot be read."""
        try:
            content = json.loads(Path(path).read_text(encoding="utf-8"))
            accuracy = {
                Shape(*(int(entry[name]) for name in ("n_layers", "n_heads", "d_model"))): float(entry["accuracy"])
                for entry in content["shapes"]
            }
            return cls(accuracy, int(content["steps"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ValueError(
                f"{path} is no table of lone encoders ({error}). Make it with `python -m encoder.learning.alone`."
            ) from error
