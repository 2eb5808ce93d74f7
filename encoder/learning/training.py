"""The training loop: seeded, resumable after a kill at any moment, and the same for nested and for single shapes."""

import ast
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, cast, final

import torch
from torch import Tensor, nn
from torch.optim import AdamW, Muon, Optimizer
from tqdm import tqdm

from encoder.config import EncoderConfig
from encoder.learning.captions import Batch, Captions
from encoder.learning.kept import Kept
from encoder.learning.masking import TRAINING, mask_pieces
from encoder.learning.nested_loss import Slices, draw_slices, nested_loss
from encoder.learning.schedule import Schedule
from encoder.learning.training_state import digest, load_state, save_state
from encoder.model import Encoder
from encoder.weights.nested import Shape, offered_shapes, slice_config, slice_parameters

STATE_FILE = "state.safetensors"


@final
@dataclass(frozen=True)
class Recipe:
    """All choices of a training run but its data and its number of steps.

    `nested` trains slices beside the leaders; without it the whole is trained alone. `orthogonal` moves the layers'
    matrices by Muon: after 400 steps the whole stood at .26 on dev, with AdamW alone at .17. `half_precision`
    multiplies matrices in bfloat16; parameters, the residual stream, normalization and the loss stay float32.
    `earlier_steps` is how many steps the parameters that a run starts from had already been trained for; the run goes
    on in the captions from there. Slices are written as 6·1·32: `leaders` play the whole's part, `n_slices` others are
    drawn at each step, and the numbers of the `kept` stay as they are.
    """

    learning_rate: float = 2e-3
    weight_decay: float = 0.01
    largest_gradient: float = 1.0
    batch_size: int = 128
    nested: bool = True
    orthogonal: bool = True
    half_precision: bool = True
    seed: int = 0
    device: str = "cpu"
    earlier_steps: int = 0
    leaders: tuple[str, ...] = ()
    n_slices: int = 1
    kept: tuple[str, ...] = ()

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the recipe that `repr` wrote down, as a run's state has it on record.

        >>> Recipe.read(repr(Recipe(seed=3))) == Recipe(seed=3)
        True
        """
        written = cast(ast.Call, ast.parse(text, mode="eval").body)
        return cls(**{str(choice.arg): ast.literal_eval(choice.value) for choice in written.keywords})

    def slices(self, config: EncoderConfig, step: int) -> dict[Shape, Slices]:
        """Return who leads at this step of a run with such an encoder, and the slices that learn from each."""
        if not self.nested:
            return {offered_shapes(config)[-1]: Slices()}
        leaders, kept = (tuple(map(Shape.parse, shapes)) for shapes in (self.leaders, self.kept))
        return draw_slices(config, step, self.seed, leaders, kept, self.n_slices)


@final
@dataclass(frozen=True)
class Checkpoint:
    """Where a run stands: steps done, mean loss of the leaders and seconds per step since the last checkpoint."""

    step: int
    loss: float
    seconds_per_step: float


def train(
    encoder: Encoder,
    captions: Captions,
    recipe: Recipe,
    schedule: Schedule,
    out: Path,
    checkpoint_every: int = 500,
    watch: Callable[[Checkpoint], None] = lambda checkpoint: None,
) -> None:
    """Train the encoder in place, writing the state to `out` every so many steps; go on from a state found there.

    Step k depends on the recipe, the schedule, k and the state alone, so a killed and resumed run ends as an
    uninterrupted one does. Raises ValueError if the state is of another recipe, config or text, of other parameters to
    begin with, or of more steps than the schedule has.
    """
    if checkpoint_every < 1:
        raise ValueError(f"checkpoint_every is {checkpoint_every}; give a whole number of at least 1.")
    out.mkdir(parents=True, exist_ok=True)
    encoder.to(recipe.device)
    parameters = dict(encoder.named_parameters())
    optimizers = make_optimizers(encoder, recipe)
    identity = {
        "recipe": repr(recipe),
        "config": repr(encoder.config),
        "text": captions.digest,
        "parameters": digest(parameters),
    }
    start = resume(out / STATE_FILE, parameters, optimizers, identity) if (out / STATE_FILE).exists() else 0
    if start > schedule.steps:
        raise ValueError(
            f"The run in {out} has done {start} steps, more than {schedule.steps}. "
            "Give as many at least to resume it, or another --out to start afresh."
        )
    kept = Kept(parameters, encoder.config, tuple(map(Shape.parse, recipe.kept)))
    losses: list[Tensor] = []
    since = time.monotonic()
    steps = zip(range(start, schedule.steps), batches(captions, recipe, recipe.earlier_steps + start), strict=False)
    for step, batch in tqdm(steps, initial=start, total=schedule.steps, unit="step", smoothing=0.02, mininterval=2):
        for group in (group for optimizer in optimizers for group in optimizer.param_groups):
            group["lr"] = recipe.learning_rate * schedule.factor(step)
        losses.append(descend(encoder.config, parameters, optimizers, recipe, step, batch, kept))
        done = step + 1
        if done % checkpoint_every == 0 or done == schedule.steps:
            facts = identity | {
                "step": done,
                "captions": len(captions),
                "schedule": repr(schedule),
            }
            save_state(out / STATE_FILE, parameters, optimizers, facts)
            seconds = (time.monotonic() - since) / len(losses)
            watch(Checkpoint(done, float(torch.stack(losses).mean()), seconds))
            losses, since = [], time.monotonic()


def descend(
    config: EncoderConfig,
    parameters: Mapping[str, Tensor],
    optimizers: Sequence[Optimizer],
    recipe: Recipe,
    step: int,
    batch: Batch,
    kept: Kept,
) -> Tensor:
    """Take one step down and return the mean loss of the leaders before it."""
    at = recipe.earlier_steps + step
    generator = torch.Generator().manual_seed(recipe.seed * 1_000_003 + at)
    masked = mask_pieces(batch.token_ids, config.vocab_size, TRAINING, generator).to(recipe.device)
    batch = batch.to(recipe.device)
    totals, losses = [], []
    with torch.autocast(recipe.device, torch.bfloat16, enabled=recipe.half_precision):
        for leader, slices in recipe.slices(config, at).items():
            block = slice_parameters(parameters, config, leader)
            total, loss = nested_loss(slice_config(config, leader), block, batch, masked, slices)
            totals.append(slices.weight * total)
            losses.append(loss)
    for optimizer in optimizers:
        optimizer.zero_grad(set_to_none=True)
    torch.stack(totals).sum().backward()
    kept.silence()
    nn.utils.clip_grad_norm_(parameters.values(), recipe.largest_gradient)
    for optimizer in optimizers:
        optimizer.step()
    kept.restore()
    return torch.stack(losses).mean()


def batches(captions: Captions, recipe: Recipe, start: int) -> Iterator[Batch]:
    """Yield the batches of one epoch after the other, from step `start` on, without end."""
    epoch, skipped = divmod(start, captions.n_batches(recipe.batch_size))
    while True:
        for rows in captions.epoch(recipe.batch_size, recipe.seed * 1_000_003 + epoch)[skipped:]:
            yield captions.batch(rows)
        epoch, skipped = epoch + 1, 0


def make_optimizers(encoder: Encoder, recipe: Recipe) -> list[Optimizer]:
    """Return AdamW (Loshchilov & Hutter 2019), and Muon (Jordan et al. 2024) for the layers' matrices.

    Muon makes all singular values of a matrix's step equal. Biases, γ and β do not decay.
    """
    matrices = [values for values in encoder.parameters() if values.ndim > 1]
    vectors = [values for values in encoder.parameters() if values.ndim == 1]
    orthogonal = [values for values in encoder.layers.parameters() if values.ndim > 1 and recipe.orthogonal]
    ids = {id(values) for values in orthogonal}
    groups = [
        {"params": [values for values in matrices if id(values) not in ids], "weight_decay": recipe.weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
    optimizers: list[Optimizer] = [AdamW(groups, lr=recipe.learning_rate, betas=(0.9, 0.98), fused=True)]
    if orthogonal:
        optimizers.append(Muon(orthogonal, weight_decay=recipe.weight_decay, adjust_lr_fn="match_rms_adamw"))
    return optimizers


def resume(
    path: Path, parameters: Mapping[str, Tensor], optimizers: Sequence[Optimizer], identity: Mapping[str, Any]
) -> int:
    """Fill parameters and optimizer from the state at `path` and return how many steps it has done.

    Raises ValueError if that run had another identity, such as another recipe, config or text.
    """
    facts = load_state(path, parameters, optimizers)
    for name, given in identity.items():
        if facts.get(name) != given:
            raise ValueError(
                f"The run in {path.parent} was begun with {name} {facts.get(name)}, not {given}. "
                "Give the same again to resume it, or another --out to start afresh."
            )
    return int(facts["step"])
