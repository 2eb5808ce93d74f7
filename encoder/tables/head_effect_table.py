"""What each head is worth, measured once and kept: the effect of silencing every head of some shapes."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self, final

import torch

from encoder.analysis.mean_head_effects import MeanHeadEffects
from encoder.tables.table_file import read_table, write_table
from encoder.weights.nested import Shape

MAPS = ("output_changes", "log_probability_changes", "accuracy_changes")


@final
@dataclass(frozen=True, eq=False)
class HeadEffectTable:
    """The effects in each measured shape; `text` names where the captions are from.

    `captions` are those that were measured, so that another shape can be measured on them too; often they are not kept.
    """

    effects: Mapping[Shape, MeanHeadEffects]
    text: str
    captions: tuple[str, ...] = ()

    def save(self, path: Path | str) -> None:
        """Write the table as JSON: for each shape, each effect by layer, then head, to six decimals."""
        shapes = [
            {
                **asdict(shape),
                **{name: [[round(x, 6) for x in heads] for heads in getattr(effects, name).tolist()] for name in MAPS},
                "log_probability": round(effects.log_probability, 6),
                "accuracy": round(effects.accuracy, 6),
                "n_sentences": effects.n_sentences,
                "n_places": effects.n_places,
            }
            for shape, effects in self.effects.items()
        ]
        content = {"text": self.text, "captions": self.captions, "shapes": shapes}
        write_table(path, content)

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read a table that `save` wrote; raises ValueError that names the file if it cannot be read."""
        return read_table(path, cls._of, "head effects", "encoder.learning.head_effects")

    @classmethod
    def _of(cls, content: Mapping[str, Any]) -> Self:
        effects = {Shape.of(entry): _effects(entry) for entry in content["shapes"]}
        return cls(effects, str(content["text"]), tuple(map(str, content["captions"])))


def _effects(entry: Mapping[str, Any]) -> MeanHeadEffects:
    shape = Shape.of(entry)
    maps = {name: torch.tensor(entry[name], dtype=torch.float64) for name in MAPS}
    for name, values in maps.items():
        if values.shape != (shape.n_layers, shape.n_heads):
            raise ValueError(f"{name} of {shape} is {tuple(values.shape)}, not [layer, head]")
    return MeanHeadEffects(
        **maps,
        log_probability=float(entry["log_probability"]),
        accuracy=float(entry["accuracy"]),
        n_sentences=int(entry["n_sentences"]),
        n_places=int(entry["n_places"]),
    )
