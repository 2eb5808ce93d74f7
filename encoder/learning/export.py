"""Ship a trained nested encoder: its parameters, the accuracy of every slice, and its card.

    python -m encoder.learning.export --run runs/nested --dev dev.txt --out assets/nested

Writes encoder.safetensors (float32), accuracy.json, training.json (the record of the run) and card.md, and shows the
table. If alone.json stands there already (`encoder.learning.alone`), the card compares with it. A run that trained one
shape alone is refused.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from encoder.learning.accuracy import hide_pieces
from encoder.learning.alone import RESULT_FILE
from encoder.learning.captions import Captions
from encoder.learning.card import card
from encoder.learning.evaluation import as_text, measure
from encoder.learning.nested import D_HEAD, TABLE_FILE, WEIGHTS_FILE, nested_config
from encoder.learning.training import STATE_FILE, Recipe
from encoder.learning.training_state import read_parameters
from encoder.model import Encoder
from encoder.tables.accuracy_table import AccuracyTable
from encoder.tables.lone_table import LoneTable
from encoder.tokenizer import Tokenizer
from encoder.weights import checkpoint
from encoder.weights.assembly import assemble
from encoder.weights.nested import Shape

CARD_FILE, TRAINING_FILE = "card.md", "training.json"


def trained_encoder(parameters: Mapping[str, Tensor]) -> Encoder:
    """Return the whole that these parameters of a run are; its sizes are read from theirs."""
    vocab_size, d_model = parameters["embedding.token_table"].shape
    n_layers = sum(name.endswith("attention.W_O") for name in parameters)
    n_heads = parameters["layers.0.attention.W_Q"].shape[1] // D_HEAD
    return assemble(nested_config(vocab_size, Shape(n_layers, n_heads, d_model)), parameters)


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line, measure, and write the four files."""
    parser = argparse.ArgumentParser(description="Ship a trained nested encoder.")
    parser.add_argument("--run", type=Path, required=True, help="the folder of the training run")
    parser.add_argument("--dev", type=Path, required=True, help="the text to measure on")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    tokenizer = Tokenizer.load()
    parameters, facts = read_parameters(options.run / STATE_FILE)
    recipe = Recipe.read(facts["recipe"])
    if not recipe.nested:
        raise ValueError(
            f"The run in {options.run} trained one shape alone, so that its slices are no trained encoders. "
            "Give a run of encoder.learning.nested."
        )
    if "stages" not in facts:
        raise ValueError(f"{options.run} holds one stage of a run. Give the folder that holds the whole run.")
    whole = trained_encoder(parameters)

    hidden = hide_pieces(Captions.read(options.dev, tokenizer), whole.config.vocab_size)
    table = measure(whole, hidden, options.dev.name, recipe.earlier_steps + facts["step"])
    options.out.mkdir(parents=True, exist_ok=True)
    checkpoint.save(whole, options.out / WEIGHTS_FILE)
    table.save(options.out / TABLE_FILE)
    table = AccuracyTable.load(options.out / TABLE_FILE)  # rounded, so that the card says what is shipped
    record = json.dumps(facts, ensure_ascii=False, indent=1) + "\n"
    (options.out / TRAINING_FILE).write_text(record, encoding="utf-8")
    n_parameters = sum(values.numel() for values in whole.parameters())
    lone = LoneTable.load(options.out / RESULT_FILE) if (options.out / RESULT_FILE).exists() else None
    content = card(whole.config, n_parameters, table, facts, lone)
    (options.out / CARD_FILE).write_text(content, encoding="utf-8")
    sys.stdout.write(as_text(table))


if __name__ == "__main__":
    main()
