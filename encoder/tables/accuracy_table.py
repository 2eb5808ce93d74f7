"""What each size buys: how often the slice of every shape names a hidden word piece."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, final

from encoder.tables.table_file import count, read_table, share, write_table
from encoder.weights.nested import WIDTH_STEP, Shape


@final
@dataclass(frozen=True)
class AccuracyTable:
    """The accuracy of every offered shape, from 0 to 1, with what it was measured on.

    `text` names the captions, `n_places` counts the pieces hidden in them, `steps` those of the whole's training.
    """

    accuracy: Mapping[Shape, float]
    text: str
    n_places: int
    steps: int

    def __getitem__(self, shape: Shape) -> float:
        """Return the accuracy of a shape; raises ValueError if it was not measured."""
        if shape not in self.accuracy:
            raise ValueError(
                f"{shape} was not measured; the table holds {len(self.accuracy)} shapes, up to {self.whole}."
            )
        return self.accuracy[shape]

    @property
    def whole(self) -> Shape:
        """The largest shape."""
        return max(self.accuracy)

    def falls(self) -> dict[tuple[Shape, Shape], float]:
        """Return how much accuracy is lost when one slider goes up one step, for each such step; gains are below 0."""
        falls: dict[tuple[Shape, Shape], float] = {}
        for shape, figure in self.accuracy.items():
            layers, heads, width = shape.n_layers, shape.n_heads, shape.d_model
            larger = (
                Shape(layers + 1, heads, width),
                Shape(layers, heads + 1, width),
                Shape(layers, heads, width + WIDTH_STEP),
            )
            falls |= {(shape, next): figure - self.accuracy[next] for next in larger if next in self.accuracy}
        return falls

    def share_of_moves_that_lose_at_most(self, limit: float) -> float:
        """Return the share of all one-step moves of a slider after which the accuracy is at most `limit` lower.

        It is 1 where there is no move: none loses more.
        """
        falls = self.falls().values()
        return sum(fall <= limit for fall in falls) / len(falls) if falls else 1.0

    def save(self, path: Path | str) -> None:
        """Write the table as JSON: accuracy by layers, then heads, then d_model, to four decimals."""
        sizes = {
            name: sorted({getattr(shape, name) for shape in self.accuracy})
            for name in ("n_layers", "n_heads", "d_model")
        }
        figures = [
            [
                [round(self.accuracy[Shape(layers, heads, width)], 4) for width in sizes["d_model"]]
                for heads in sizes["n_heads"]
            ]
            for layers in sizes["n_layers"]
        ]
        content = {"text": self.text, "n_places": self.n_places, "steps": self.steps, **sizes, "accuracy": figures}
        write_table(path, content)

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read a table that `save` wrote; raises ValueError that names the file if it cannot be read."""
        return read_table(path, cls._of, "accuracies", "encoder.learning.evaluation")

    @classmethod
    def _of(cls, content: Mapping[str, Any]) -> Self:
        accuracy = {
            Shape.of({"n_layers": layers, "n_heads": heads, "d_model": width}): share(figure)
            for layers, by_heads in zip(content["n_layers"], content["accuracy"], strict=True)
            for heads, by_width in zip(content["n_heads"], by_heads, strict=True)
            for width, figure in zip(content["d_model"], by_width, strict=True)
        }
        if not accuracy:
            raise ValueError("it holds no shape")
        return cls(accuracy, str(content["text"]), count(content["n_places"]), count(content["steps"]))
