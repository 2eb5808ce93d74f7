"""What was measured of the trained weights and is shipped with them: accuracies, and what heads do and are worth."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import numpy as np

from encoder.analysis import JOBS
from encoder.tables.accuracy_table import AccuracyTable
from encoder.tables.head_effect_table import HeadEffectTable
from encoder.tables.head_table import HeadTable
from encoder.tables.lone_table import LoneTable
from encoder.weights.nested import Shape
from pages.frame import weights_source
from pages.frame.settings import Settings

Table = TypeVar("Table")


@lru_cache(maxsize=4)
def accuracy_table(folder: Path) -> AccuracyTable | None:
    """Return the accuracy of every shape, or None if it is not shipped."""
    return _if_shipped(folder / "accuracy.json", AccuracyTable.load)


@lru_cache(maxsize=4)
def lone_table(folder: Path) -> LoneTable | None:
    """Return the accuracy of some shapes that were trained alone, or None if it is not shipped."""
    return _if_shipped(folder / "alone.json", LoneTable.load)


@lru_cache(maxsize=4)
def head_table(folder: Path) -> HeadTable | None:
    """Return the figures of the heads of some shapes, or None if they are not shipped."""
    return _if_shipped(folder / "heads.json", HeadTable.load)


@lru_cache(maxsize=4)
def head_effect_table(folder: Path) -> HeadEffectTable | None:
    """Return what each head of some shapes is worth, or None if it is not shipped."""
    return _if_shipped(folder / "head_effects.json", HeadEffectTable.load)


def _if_shipped(path: Path, load: Callable[[Path], Table]) -> Table | None:
    return load(path) if path.exists() else None


def by_size(table: AccuracyTable) -> tuple[np.ndarray, list[int]]:
    """Return the accuracies as an array [layers, heads, width], and the widths."""
    whole, widths = table.whole, sorted({shape.d_model for shape in table.accuracy})
    figures = [
        [[table[Shape(layers, heads, width)] for width in widths] for heads in range(1, whole.n_heads + 1)]
        for layers in range(1, whole.n_layers + 1)
    ]
    return np.array(figures, np.float32), widths


def sharing_in_words(nested: AccuracyTable, lone: LoneTable) -> str:
    """Say what it costs a shape to share its numbers with all others."""
    shares = lone.shares(nested).values()
    lowest, highest = (f"{100 * share:.0f}" for share in (min(shares), max(shares)))
    least, most = (f"{steps:,}" for steps in (min(lone.steps.values()), max(lone.steps.values())))
    steps = f"{least} steps each" if least == most else f"{least} to {most} steps"
    return (
        f"All shapes share one set of numbers. Of these, {len(shares)} were also trained alone, for "
        f"{steps}: as slices they have {lowest} to {highest}\u00a0% of the accuracy that they reach alone. "
        "The training put these first, so other shapes may pay more."
    )


def jobs_in_words(table: HeadTable, shape: Shape) -> list[list[str]]:
    """Return what each head of a measured shape does, as [layer][head]; "" where no job reaches its threshold."""
    measured = table.figures[shape]
    return [
        [
            ", ".join(f"{job.name} {figure:.2f}" for job, figure in measured.jobs_of(layer, head))
            for head in range(shape.n_heads)
        ]
        for layer in range(shape.n_layers)
    ]


def jobs_of(settings: Settings) -> list[list[str]] | None:
    """Return what each head of these settings' encoder does, as [layer][head], or None if it was not measured."""
    table, shape = head_table(weights_source.NESTED_FOLDER), settings.shape
    if table is None or settings.weights != "trained" or shape not in table.figures:
        return None
    return jobs_in_words(table, shape)


def thresholds_in_words(table: HeadTable, shape: Shape) -> str:
    """Return a Markdown list: each job's figure, from where on it counts, and at how many places it was measured."""
    places = table.figures[shape].places
    lines = [f"- **{job.name}** from {job.threshold}: {job.figure} ({places[job.name]:,} places)" for job in JOBS]
    return "\n".join(lines)
