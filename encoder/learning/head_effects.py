"""Measure what each head of a nested encoder is worth, over captions that it was not trained on.

    python -m encoder.learning.head_effects --weights assets/nested/encoder.safetensors --dev dev.txt \
        --out assets/nested/head_effects.json --captions 200

A fifth of the word pieces is hidden with a fixed seed. Each head is silenced by itself, and the file says what that
does to the output, to the log-probability of the hidden pieces, and to how many of them are named rightly.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from tqdm import tqdm

from encoder.analysis.head_effects import Targets
from encoder.analysis.mean_head_effects import MeanHeadEffects, Question, mean_head_effects
from encoder.learning.accuracy import HiddenPieces, hide_pieces
from encoder.learning.captions import Captions, at_least_one, read_lines
from encoder.learning.heads import DEFAULT_SHAPES
from encoder.tables.head_effect_table import HeadEffectTable
from encoder.tokenizer import Tokenizer
from encoder.weights import checkpoint
from encoder.weights.nested import NestedEncoder, Shape

BATCH_SIZE = 10
"""Small, so that whoever waits for the running means sees them come in."""


def questions(hidden: HiddenPieces) -> Iterator[Question]:
    """Yield each batch as its tokens with holes, its mask, and the pieces that stood in the holes."""
    for batch, masked in hidden.batches:
        yield masked.token_ids, batch.key_mask, Targets(masked.places, masked.pieces)


def hidden_captions(lines: Sequence[str], tokenizer: Tokenizer) -> HiddenPieces:
    """Hide a fifth of the pieces of these captions, with the seed of all measurements; the shortest come first.

    Raises ValueError if there is no sentence among them.
    """
    return hide_pieces(Captions.of(lines, tokenizer), tokenizer.vocab_size, batch_size=BATCH_SIZE)


def as_text(shape: Shape, effects: MeanHeadEffects) -> str:
    """Write the effects for reading: a row for each layer, a column for each head."""
    lines = [
        f"{shape}: {effects.n_places} hidden pieces of {effects.n_sentences} captions, "
        f"accuracy {effects.accuracy:.4f}, mean log-probability {effects.log_probability:.4f}"
    ]
    for title, values, form in (
        ("change of the mean log-probability without the head", effects.log_probability_changes, ">+8.4f"),
        ("change of the accuracy without the head", effects.accuracy_changes, ">+8.4f"),
        ("relative change of the output without the head", effects.output_changes, ">8.4f"),
    ):
        lines.append(f"  {title}")
        lines += [f"    layer {at}: " + " ".join(f"{x:{form}}" for x in row) for at, row in enumerate(values.tolist())]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line, measure, write the file and show the effects."""
    parser = argparse.ArgumentParser(description="Measure what each head of a nested encoder is worth.")
    parser.add_argument("--weights", type=Path, required=True, help="the checkpoint of the whole")
    parser.add_argument("--dev", type=Path, required=True, help="the text to measure on, one sentence a line")
    parser.add_argument("--out", type=Path, required=True, help="the JSON file to write")
    parser.add_argument("--captions", type=at_least_one, default=200, help="how many captions, from the first on")
    parser.add_argument("--shapes", nargs="+", type=Shape.parse, default=DEFAULT_SHAPES, help="such as 3x4x64")
    parser.add_argument(
        "--keep-captions", action="store_true", help="write the captions too, to measure other shapes on them later"
    )
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    tokenizer = Tokenizer.load()
    nested = NestedEncoder(checkpoint.load(options.weights).eval())
    lines = tuple(read_lines(options.dev)[: options.captions])
    hidden = hidden_captions(lines, tokenizer)
    hidden.check()
    encoders = {shape: nested.at(shape.n_layers, shape.n_heads, shape.d_model) for shape in options.shapes}
    effects = {}
    for shape, encoder in encoders.items():
        batches = tqdm(questions(hidden), total=len(hidden.batches), desc=str(shape), unit="batch")
        *_, effects[shape] = mean_head_effects(encoder, batches)
        sys.stdout.write(as_text(shape, effects[shape]))
    HeadEffectTable(effects, options.dev.name, lines if options.keep_captions else ()).save(options.out)


if __name__ == "__main__":
    main()
