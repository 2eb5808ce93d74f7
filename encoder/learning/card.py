"""The card of the shipped nested encoder: what it was made of, what it can do, and what it is not good for."""

from collections.abc import Mapping
from typing import Any

from encoder.config import EncoderConfig
from encoder.learning.evaluation import LARGEST_FALL
from encoder.learning.masking import TRAINING
from encoder.learning.training import Recipe
from encoder.tables.accuracy_table import AccuracyTable
from encoder.tables.lone_table import LoneTable
from encoder.weights.nested import Shape


def card(
    config: EncoderConfig,
    n_parameters: int,
    table: AccuracyTable,
    facts: Mapping[str, Any],
    lone: LoneTable | None = None,
) -> str:
    """Return the card as Markdown; every figure in it is computed from the arguments.

    Where the captions come from is no argument: the card names the source of those that the shipped whole has read.

    `facts` are those of the run's state: its recipe, the captions that it read, its stages, and a note on what was
    otherwise, if anything was. `lone` is what some shapes reach when they are trained alone.
    """
    n_captions = facts["captions"]
    layers = sorted({1, -(-config.n_layers // 2), config.n_layers})
    heads = sorted({1, -(-config.n_heads // 2), config.n_heads})
    widths = sorted({shape.d_model for shape in table.accuracy})
    hidden = 1 - TRAINING.random - TRAINING.kept
    rows = "\n".join(
        f"| {n_layers} · {n_heads} | " + " | ".join(f"{table[Shape(n_layers, n_heads, d)]:.3f}" for d in widths) + " |"
        for n_layers in layers
        for n_heads in heads
    )
    alone = "" if lone is None else f"\n{comparison(table, facts, lone)}\n"
    whole = table.whole
    gentle = table.share_of_moves_that_lose_at_most(LARGEST_FALL)
    return f"""# The nested caption encoder

One set of parameters, trained so that its first layers, first heads and first dimensions are a trained encoder of
every smaller shape: {len(table.accuracy)} shapes, up to {whole.n_layers} layers, {whole.n_heads} heads and d_model
{whole.d_model}, with d_head {config.d_head} and d_ff = 4 · d_model. It has {n_parameters:,} parameters, float32, in
`encoder.safetensors`.

## Data
{n_captions:,} English picture captions: Multi30K task 2 (Elliott et al. 2016), which describe pictures of
Flickr30k (Young et al. 2014); for research and education. The text itself is not part of this project. The
{config.vocab_size:,} word pieces, `assets/tokenizer.json`, were learned from the same captions.

## Recipe
A masked language model. {TRAINING.rate:.1%} of the pieces are chosen at random: {hidden:.0%} of them read `[MASK]`,
{TRAINING.random:.0%} become a random piece, {TRAINING.kept:.0%} stay. Post-LN, GELU, learned positions, LayerNorm on
the embedding, a prediction head tied to the token table.

{run_words(table.steps, facts)}
A stage trains its leaders, and those of their slices that are no slices of a kept shape; the numbers of the kept stay.
Each step trains the leaders on the hidden pieces, and others half on them and half on what their leader believes of
them: random slices, while nothing is kept the smallest, too, and, with half the weight, who leads alone after a random
layer. A leader that is named twice counts twice. Made by `python -m encoder.learning.nested`.

## Figures
How often the first choice is the hidden piece, on `{table.text}`, which was not trained on: a fifth of the pieces
read `[MASK]`, {table.n_places:,} places, fixed seed. Rows: layers · heads; columns: d_model. All
{len(table.accuracy)} shapes stand in `accuracy.json`.

| | {" | ".join(map(str, widths))} |
|---|{"---|" * len(widths)}
{rows}

The whole: {table[whole]:.4f}. Of all moves of one slider by one step up, {gentle:.1%} lose at most {LARGEST_FALL}.
{alone}
## What it is not good for
It knows short, plain descriptions of everyday pictures: people, clothes, dogs, streets, sports. Outside that world it
knows nothing: "mortgage" is a row of pieces without a meaning. What captions seldom say, it does not know either, and
what captioners assumed about people, it repeats. It is made to be looked into, not to decide, to write, or to measure
language.
"""


def run_words(steps: int, facts: Mapping[str, Any]) -> str:
    """Return what is on record of the training, which ended after `steps` steps of all runs together."""
    recipe, stages = Recipe.read(facts["recipe"]), facts["stages"]
    epochs = steps * recipe.batch_size / facts["captions"]
    movers = "Muon moves the layers' matrices, AdamW the rest" if recipe.orthogonal else "AdamW moves all parameters"
    precision = "products in bfloat16, all else in float32" if recipe.half_precision else "all in float32"
    before = f"{recipe.earlier_steps:,} of them before these stages. " if recipe.earlier_steps else ""
    note = f"\n{facts['note']}\n" if "note" in facts else ""
    rows = "\n".join(
        f"| {', '.join(stage['leaders'])} | {', '.join(stage['kept']) or 'nothing'} | {stage['n_slices']} | "
        f"{stage['steps']:,} | {stage['learning_rate']} | {stage['schedule']} |"
        for stage in stages
    )
    return f"""{steps:,} steps of {recipe.batch_size} captions of similar length, {epochs:.1f} epochs. {before}{movers};
{precision}; weight decay {recipe.weight_decay}, gradients of at most {recipe.largest_gradient}, seed {recipe.seed}.

| leaders | kept | slices at each step | steps | largest learning rate | learning rate over the stage |
|---|---|---|---|---|---|
{rows}
{note}"""


def comparison(table: AccuracyTable, facts: Mapping[str, Any], lone: LoneTable) -> str:
    """Return the section of the card that says what it costs a shape to share its numbers with all others."""
    rows = "\n".join(
        f"| {shape} | {table[shape]:.3f} | {steps_led(shape, facts):,} | "
        f"{lone.accuracy[shape]:.3f} | {lone.steps[shape]:,} | {share:.2f} |"
        for shape, share in lone.shares(table).items()
    )
    return f"""## What sharing costs
The same shapes, each trained alone on the same captions (`python -m encoder.learning.alone`). A slice learned in the
steps that it led, and now and then in others. What sharing costs shapes that did not lead was not measured; it can be
more.

| layers · heads · d_model | slice | steps led | alone | steps alone | slice ÷ alone |
|---|---|---|---|---|---|
{rows}"""


def steps_led(shape: Shape, facts: Mapping[str, Any]) -> int:
    """Return in how many steps of all stages the shape was a leader."""
    return sum(stage["steps"] for stage in facts["stages"] if str(shape) in stage["leaders"])
