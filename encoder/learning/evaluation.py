"""Measure every slice of a nested encoder on a text that it was not trained on.

    python -m encoder.learning.evaluation --weights assets/nested/encoder.safetensors --dev dev.txt \
        --out assets/nested/accuracy.json

A fifth of the word pieces is hidden, the same ones for every shape, and all of them read `[MASK]`. How long the whole
was trained is on record in a file that stands there already, and stays; for a new one, say it with `--steps`.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from tqdm import tqdm

from encoder.learning.accuracy import HiddenPieces, accuracy_by_depth, hide_pieces
from encoder.learning.captions import Captions
from encoder.model import Encoder
from encoder.tables.accuracy_table import AccuracyTable
from encoder.tokenizer import Tokenizer
from encoder.weights import checkpoint
from encoder.weights.nested import Shape, offered_shapes

LARGEST_FALL = 0.015


def measure(whole: Encoder, hidden: HiddenPieces, text: str, steps: int) -> AccuracyTable:
    """Return the accuracy of every offered shape; one pass measures all depths of the same heads and width."""
    config, parameters = whole.config, dict(whole.named_parameters())
    figures: dict[Shape, float] = {}
    for shape in tqdm([shape for shape in offered_shapes(config) if shape.n_layers == config.n_layers], unit="slice"):
        for layer, figure in enumerate(accuracy_by_depth(config, parameters, shape, hidden)):
            figures[Shape(layer + 1, shape.n_heads, shape.d_model)] = figure
    return AccuracyTable({shape: figures[shape] for shape in sorted(figures)}, text, hidden.n_places, steps)


def trained_steps(given: int | None, out: Path) -> int:
    """Return how long the whole was trained: as given, or else as the table that is at `out` already says.

    Raises ValueError if nothing is given and there is no such table.
    """
    if given is not None:
        return given
    if not out.exists():
        raise ValueError(f"{out} does not say yet how many steps the whole was trained for. Give --steps.")
    return AccuracyTable.load(out).steps


def as_text(table: AccuracyTable) -> str:
    """Write the table for reading: a row for each number of layers and heads, a column for each width."""
    widths = sorted({shape.d_model for shape in table.accuracy})
    rows = sorted({(shape.n_layers, shape.n_heads) for shape in table.accuracy})
    lines = ["layers·heads \\ d_model " + " ".join(f"{width:>5}" for width in widths)]
    for layers, heads in rows:
        figures = " ".join(f"{table[Shape(layers, heads, width)]:.3f}" for width in widths)
        lines.append(f"{layers}·{heads:<21}{figures}")
    gentle = table.share_of_moves_that_lose_at_most(LARGEST_FALL)
    lines.append(f"{table.n_places} hidden pieces of {table.text}; the whole: {table[table.whole]:.4f}")
    lines.append(f"steps of one slider up that lose at most {LARGEST_FALL}: {gentle:.1%}")
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line, measure, write the file and show the table."""
    parser = argparse.ArgumentParser(description="Measure every slice of a nested encoder.")
    parser.add_argument("--weights", type=Path, required=True, help="the checkpoint of the whole")
    parser.add_argument("--dev", type=Path, required=True, help="the text to measure on, one sentence a line")
    parser.add_argument("--out", type=Path, required=True, help="the JSON file to write")
    parser.add_argument("--steps", type=int, help="how long the whole was trained; if left out, as --out says")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    steps = trained_steps(options.steps, options.out)
    whole = checkpoint.load(options.weights)
    hidden = hide_pieces(Captions.read(options.dev, Tokenizer.load()), whole.config.vocab_size)
    table = measure(whole, hidden, options.dev.name, steps)
    table.save(options.out)
    sys.stdout.write(as_text(table))


if __name__ == "__main__":
    main()
