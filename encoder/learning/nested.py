"""Train the nested encoder: one set of parameters that is a trained encoder at every position of the sliders.

    python -m encoder.learning.nested --train train.txt --dev dev.txt --out runs/nested

All slices learn together; `--stage` gives other stages, see `encoder.learning.growth`. A killed run goes on where it
stood when the same command is given again. With `--start assets/nested` a run begins with what stands there.
"""

import argparse
from collections.abc import Sequence
from functools import reduce
from pathlib import Path

import torch
from tqdm import tqdm

from encoder.config import EncoderConfig
from encoder.learning.accuracy import accuracies, hide_pieces
from encoder.learning.captions import Captions
from encoder.learning.growth import STAGES, Stage, grow
from encoder.learning.nested_loss import is_among
from encoder.learning.training import Checkpoint, Recipe
from encoder.model import Encoder
from encoder.tables.accuracy_table import AccuracyTable
from encoder.tokenizer import Tokenizer
from encoder.weights import checkpoint
from encoder.weights.nested import WIDTH_STEP, Shape, check_nestable, offered_shapes

D_HEAD = 16
WEIGHTS_FILE, TABLE_FILE = "encoder.safetensors", "accuracy.json"
PROGRESS_FILE = "progress.txt"


def new_encoder(config: EncoderConfig) -> Encoder:
    """Return an encoder to be trained: like any other, but with small embeddings, N(0, 1/d_model).

    The table is also the last product of the prediction head; with entries of spread 1 its first logits would be huge.
    """
    encoder = Encoder(config)
    with torch.no_grad():
        encoder.embedding.token_table.mul_(config.d_model**-0.5)
        encoder.embedding.position_table.mul_(config.d_model**-0.5)
    return encoder


def shipped_encoder(folder: Path) -> tuple[Encoder, int]:
    """Return the exported encoder in this folder and how many steps it was trained for."""
    return checkpoint.load(folder / WEIGHTS_FILE), AccuracyTable.load(folder / TABLE_FILE).steps


def nested_config(vocab_size: int, shape: Shape, seed: int = 0) -> EncoderConfig:
    """Return the config of a whole of this shape, as the shipped one has it."""
    return EncoderConfig(
        vocab_size=vocab_size,
        d_model=shape.d_model,
        n_heads=shape.n_heads,
        n_layers=shape.n_layers,
        d_head=D_HEAD,
        positions="learned",
        embedding_norm=True,
        prediction_head=True,
        seed=seed,
    )


def watched_shapes(config: EncoderConfig) -> list[Shape]:
    """Return the whole and four slices spread over the range."""
    shapes = offered_shapes(config)
    half = Shape(
        -(-config.n_layers // 2),
        -(-config.n_heads // 2),
        max(WIDTH_STEP, config.d_model // (2 * WIDTH_STEP) * WIDTH_STEP),
    )
    whole = shapes[-1]
    shallow = Shape(1, whole.n_heads, whole.d_model)
    narrow = Shape(whole.n_layers, whole.n_heads, half.d_model)
    return list(dict.fromkeys([whole, half, shallow, narrow, shapes[0]]))


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and train."""
    options = parse(arguments)
    torch.set_num_threads(options.threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    tokenizer = Tokenizer.load()
    stages = options.stage or STAGES
    if options.start is None:
        shape = reduce(Shape.join, (stage.shape for stage in stages))
        encoder, earlier_steps = new_encoder(nested_config(tokenizer.vocab_size, shape, options.seed)), 0
    else:
        encoder, earlier_steps = shipped_encoder(options.start)
    config = encoder.config
    check_nestable(config)
    hidden = hide_pieces(Captions.read(options.dev, tokenizer), config.vocab_size, device)
    hidden.check()

    def watch(index: int, encoder: Encoder, checkpoint: Checkpoint) -> None:
        parameters, leaders = dict(encoder.named_parameters()), stages[index].leaders
        trained = (shape for shape in watched_shapes(encoder.config) if is_among(shape, leaders))
        watched = list(dict.fromkeys((*leaders, *trained)))
        with torch.autocast(device, torch.bfloat16, enabled=not options.full_precision):
            figures = accuracies(encoder.config, parameters, watched, hidden)
        line = (
            f"stage {index + 1} of {len(stages)}, step {checkpoint.step} of {stages[index].steps}, "
            f"{checkpoint.seconds_per_step:.3f} s per step, loss {checkpoint.loss:.3f}, dev accuracy "
            + ", ".join(f"{shape} {figure:.4f}" for shape, figure in figures.items())
        )
        tqdm.write(line)
        with (options.out / PROGRESS_FILE).open("a", encoding="utf-8") as progress:
            progress.write(line + "\n")

    recipe = Recipe(
        batch_size=options.batch_size,
        orthogonal=not options.adamw,
        half_precision=not options.full_precision,
        seed=options.seed,
        device=device,
        earlier_steps=earlier_steps,
    )
    captions = Captions.read(options.train, tokenizer)
    grow(encoder, captions, recipe, stages, options.out, options.checkpoint_every, watch)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the options of the command line."""
    parser = argparse.ArgumentParser(description="Train nested parameters on a text with one sentence a line.")
    parser.add_argument("--train", type=Path, required=True, help="the text to learn from, UTF-8")
    parser.add_argument("--dev", type=Path, required=True, help="the text to measure on; nothing is fitted to it")
    parser.add_argument("--out", type=Path, required=True, help="the folder for the state and the log of progress")
    parser.add_argument(
        "--start",
        type=Path,
        help="a folder that `encoder.learning.export` wrote: go on from its parameters",
    )
    parser.add_argument(
        "--stage",
        nargs="+",
        action="append",
        metavar="WORD",
        help="leaders (joined by commas; one named twice counts twice), steps, learning rate, slices drawn at each "
        "step, and kept shapes, such as 3x4x64,2x6x96 5000 .002 1 1x1x16; once for each stage",
    )
    parser.add_argument("--batch-size", type=int, default=Recipe.batch_size)
    parser.add_argument("--full-precision", action="store_true", help="multiply in float32, not bfloat16")
    parser.add_argument("--adamw", action="store_true", help="move the layers' matrices by AdamW, not by Muon")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    parser.add_argument("--checkpoint-every", type=int, default=500, help="steps between two checkpoints")
    options = parser.parse_args(arguments)
    try:
        options.stage = tuple(map(Stage.parse, options.stage or ()))
    except ValueError as error:
        parser.error(f"argument --stage: {error}")
    return options


if __name__ == "__main__":
    main()
