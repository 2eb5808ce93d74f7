"""What each head is worth, measured once and kept: the effect of silencing every head of some shapes."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self, final

from encoder.analysis.mean_head_effects import MeanHeadEffects
from encoder.tables.table_file import count, head_map, read_table, share, write_table
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
    return MeanHeadEffects(
        **{name: head_map(entry[name], shape, name) for name in MAPS},
        log_probability=float(entry["log_probability"]),
        accuracy=share(entry["accuracy"]),
        n_sentences=count(entry["n_sentences"]),
        n_places=count(entry["n_places"]),
    )
