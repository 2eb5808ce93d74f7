"""Is a slice as good as an encoder that was trained alone? Train some shapes alone, and compare.

    python -m encoder.learning.alone --table assets/nested/accuracy.json --train train.txt --dev dev.txt \
        --out runs/alone --steps 12000

Every shape sees the same captions in the same order, for `--steps` steps. It takes hours; a killed run goes on where it
stood when the same command is given again. The result, alone.json, is shipped beside the slices' accuracies; shapes
that stand in it from earlier runs stay.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from encoder.learning.accuracy import HiddenPieces, accuracy, hide_pieces
from encoder.learning.captions import Captions
from encoder.learning.nested import nested_config, new_encoder
from encoder.learning.schedule import Schedule
from encoder.learning.training import Recipe, train
from encoder.tables.accuracy_table import AccuracyTable
from encoder.tables.lone_table import LoneTable
from encoder.tokenizer import Tokenizer
from encoder.weights.nested import Shape

SAMPLE = (
    Shape(1, 1, 16),
    Shape(6, 1, 32),
    Shape(1, 8, 128),
    Shape(3, 4, 64),
    Shape(2, 6, 96),
    Shape(6, 8, 128),
)
RESULT_FILE = "alone.json"


def train_alone(
    shape: Shape,
    captions: Captions,
    hidden: HiddenPieces,
    vocab_size: int,
    recipe: Recipe,
    schedule: Schedule,
    out: Path,
) -> float:
    """Train an encoder of this shape without slices and return its accuracy."""
    config = nested_config(vocab_size, shape, recipe.seed)
    encoder = new_encoder(config)
    train(encoder, captions, recipe, schedule, out / str(shape))
    return accuracy(config, dict(encoder.named_parameters()), shape, hidden)


def check_measured(shapes: Sequence[Shape], nested: AccuracyTable) -> None:
    """Raise ValueError if the table lacks the slice of some shape: there would be nothing to compare with."""
    for shape in shapes:
        nested[shape]


def row(shape: Shape, nested: AccuracyTable, lone: LoneTable) -> str:
    """Write the comparison of one shape as a row of a table."""
    share = lone.shares(nested).get(shape, float("inf"))
    alone = f"{lone.accuracy[shape]:.4f} after {lone.steps[shape]:,} steps"
    return f"{shape!s:>8}  nested {nested[shape]:.4f}  alone {alone}  ratio {share:.3f}\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line, train each shape alone, and show the comparison."""
    parser = argparse.ArgumentParser(description="Compare slices with encoders trained alone.")
    parser.add_argument(
        "--table", type=Path, required=True, help="the slices' accuracies, from encoder.learning.evaluation"
    )
    parser.add_argument("--train", type=Path, required=True, help="the text to learn from, UTF-8")
    parser.add_argument("--dev", type=Path, required=True, help="the text that the table was measured on")
    parser.add_argument("--out", type=Path, required=True, help="the folder for the states and the result")
    parser.add_argument("--steps", type=int, required=True, help="how many batches each shape sees")
    parser.add_argument("--shapes", nargs="+", type=Shape.parse, default=SAMPLE, help="of the table, such as 3x4x64")
    parser.add_argument("--batch-size", type=int, default=Recipe.batch_size)
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    tokenizer = Tokenizer.load()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    table = AccuracyTable.load(options.table)
    check_measured(options.shapes, table)
    hidden = hide_pieces(Captions.read(options.dev, tokenizer), tokenizer.vocab_size, device)
    hidden.check()
    captions = Captions.read(options.train, tokenizer)
    recipe = Recipe(nested=False, batch_size=options.batch_size, device=device)

    result = options.out / RESULT_FILE
    lone = LoneTable.load(result) if result.exists() else LoneTable({}, {})
    for shape in options.shapes:
        schedule = Schedule(options.steps)
        figure = train_alone(shape, captions, hidden, tokenizer.vocab_size, recipe, schedule, options.out)
        lone = LoneTable({**lone.accuracy, shape: figure}, {**lone.steps, shape: options.steps})
        lone.save(result)
        sys.stdout.write(row(shape, table, lone))


if __name__ == "__main__":
    main()
