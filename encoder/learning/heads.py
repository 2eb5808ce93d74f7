"""Measure which heads of a nested encoder do what, over captions that it was not trained on.

    python -m encoder.learning.heads --dev dev.txt --weights assets/nested/encoder.safetensors \
        --out assets/nested/heads.json

Writes the figures of every head of the given shapes, and shows the jobs that reach their thresholds.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from tqdm import tqdm

from encoder.analysis.head_jobs import JOBS, HeadFigures, head_figures
from encoder.learning.captions import at_least_one, read_lines
from encoder.model import Encoder
from encoder.tables.head_table import HeadTable
from encoder.tokenizer import Encoding, Tokenizer
from encoder.trace import Trace
from encoder.weights import checkpoint
from encoder.weights.nested import NestedEncoder, Shape

DEFAULT_SHAPES = (Shape(3, 4, 64), Shape(6, 8, 128))


def read_sentences(path: Path, tokenizer: Tokenizer, count: int | None) -> list[Encoding]:
    """Return the first sentences of a text, or all; raises ValueError if there are none to be read."""
    sentences = [encoding for encoding in map(tokenizer.encode, read_lines(path)[:count]) if not encoding.is_empty]
    if not sentences:
        raise ValueError(f"{path} has no sentence in it. Give a UTF-8 text with one sentence a line.")
    return sentences


@torch.inference_mode()
def measure(encoder: Encoder, sentences: Sequence[Encoding]) -> HeadFigures:
    """Return the figures of all heads of one encoder over these sentences."""

    def passes() -> Iterator[tuple[tuple[str, ...], Trace]]:
        for sentence in tqdm(sentences, unit="caption"):
            yield sentence.pieces, encoder(torch.tensor([sentence.ids]))

    return head_figures(passes())


def as_text(shape: Shape, measured: HeadFigures) -> str:
    """Write the jobs of every head for reading, one line per head."""
    lines = [f"{shape}, thresholds: " + ", ".join(f"{job.name} {job.threshold}" for job in JOBS)]
    for layer in range(shape.n_layers):
        for head in range(shape.n_heads):
            jobs = ", ".join(f"{job.name} {figure:.2f}" for job, figure in measured.jobs_of(layer, head))
            lines.append(f"layer {layer} head {head}: {jobs or 'no job'}")
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line, measure, write the file and show the jobs."""
    parser = argparse.ArgumentParser(description="Measure which heads of a nested encoder do what.")
    parser.add_argument("--weights", type=Path, required=True, help="the checkpoint of the whole")
    parser.add_argument("--dev", type=Path, required=True, help="the text to measure on, one sentence a line")
    parser.add_argument("--out", type=Path, required=True, help="the JSON file to write")
    parser.add_argument(
        "--captions", type=at_least_one, help="only this many captions, from the first on; all if left out"
    )
    parser.add_argument("--shapes", nargs="+", type=Shape.parse, default=DEFAULT_SHAPES, help="such as 3x4x64")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    nested = NestedEncoder(checkpoint.load(options.weights).eval())
    sentences = read_sentences(options.dev, Tokenizer.load(), options.captions)
    encoders = {shape: nested.at(shape.n_layers, shape.n_heads, shape.d_model) for shape in options.shapes}
    figures = {}
    for shape, encoder in encoders.items():
        figures[shape] = measure(encoder, sentences)
        sys.stdout.write(as_text(shape, figures[shape]))
    HeadTable(figures, options.dev.name, len(sentences)).save(options.out)


if __name__ == "__main__":
    main()
