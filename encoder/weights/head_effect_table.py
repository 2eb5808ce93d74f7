"""What each head is worth, measured once and kept: the effect of silencing every head of some shapes."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self, final

import torch

from encoder.analysis.mean_head_effects import MeanHeadEffects
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
        Path(path).write_text(json.dumps(content) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read a table that `save` wrote; raises ValueError that names the file if it cannot be read."""
        try:
            content = json.loads(Path(path).read_text(encoding="utf-8"))
            effects = {}
            for entry in content["shapes"]:
                shape = Shape(*(int(entry[name]) for name in ("n_layers", "n_heads", "d_model")))
                effects[shape] = _effects(entry, shape)
            return cls(effects, str(content["text"]), tuple(map(str, content["captions"])))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ValueError(
                f"{path} is no table of head effects ({error}). Make it with `python -m encoder.learning.head_effects`."
            ) from error


def _effects(entry: Mapping, shape: Shape) -> MeanHeadEffects:
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
