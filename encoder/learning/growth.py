"""How nested parameters grow: in stages, each of which trains some slices and leaves the finished ones as they are.

Trained all together, the slices pull at the numbers that they share, and the small ones, which have few, lose most. In
stages the small ones can be finished first, and the larger ones learn with what they have besides; then these lose.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial, reduce
from math import isfinite
from pathlib import Path
from typing import Any, Self, final

from encoder.config import EncoderConfig
from encoder.learning.captions import Captions
from encoder.learning.nested_loss import is_among
from encoder.learning.schedule import Schedule
from encoder.learning.training import STATE_FILE, Checkpoint, Recipe, train
from encoder.learning.training_state import save_state
from encoder.model import Encoder
from encoder.weights.assembly import assemble
from encoder.weights.nested import Shape, slice_config, slice_parameters

WARM_UP, DECAY_SHARE = 100, 0.5


@final
@dataclass(frozen=True)
class Stage:
    """Train leaders, and those of their slices that are no slices of a kept shape; the numbers of the kept stay.

    A leader plays the whole for its slices; one that is named twice counts twice. At each step, `n_slices` of them are
    drawn and trained beside the leaders, each for the first that offers it: the fewer, the more of the stage is the
    leaders' own. `learning_rate` is the largest of the stage. Raises ValueError if there is no leader, or if a number
    cannot be.
    """

    leaders: tuple[Shape, ...]
    steps: int
    learning_rate: float
    n_slices: int = 1
    kept: tuple[Shape, ...] = ()

    def __post_init__(self) -> None:
        if not self.leaders:
            raise ValueError("A stage needs at least one leader.")
        if not (isfinite(self.learning_rate) and self.learning_rate >= 0):
            raise ValueError(f"The learning rate is {self.learning_rate}; give a number from 0 on, such as 0.002.")
        if self.n_slices < 0:
            raise ValueError(f"n_slices is {self.n_slices}; give a whole number from 0 on.")
        Schedule(self.steps)

    @classmethod
    def parse(cls, words: Sequence[str]) -> Self:
        """Read a stage as the command line has it: leaders, steps, learning rate, number of slices, and kept shapes.

        The leaders are one word, with commas between them. Raises ValueError if the words are none.

        >>> stage = Stage.parse(["6x1x32,3x4x64", "5000", "0.004", "2", "1x1x16"])
        >>> stage == Stage((Shape(6, 1, 32), Shape(3, 4, 64)), 5000, 0.004, n_slices=2, kept=(Shape(1, 1, 16),))
        True
        """
        try:
            leaders, steps, learning_rate, n_slices, *kept = words
            numbers = int(steps), float(learning_rate), int(n_slices)
        except ValueError:
            raise ValueError(
                f"{' '.join(words)!r} is no stage; write leaders, steps, learning rate and number of slices, "
                "such as 3x4x64,2x6x96 5000 0.002 1."
            ) from None
        return cls(tuple(map(Shape.parse, leaders.split(","))), *numbers, tuple(map(Shape.parse, kept)))

    def check(self, config: EncoderConfig) -> None:
        """Raise ValueError if an encoder of this config lacks a shape, or if a leader has nothing left to learn."""
        for shape in (*self.leaders, *self.kept):
            slice_config(config, shape)
        for leader in self.leaders:
            if is_among(leader, self.kept):
                raise ValueError(f"The stage keeps all of its leader {leader}, so that it cannot learn. Keep less.")

    @property
    def shape(self) -> Shape:
        """The smallest shape that all leaders are slices of."""
        return reduce(Shape.join, self.leaders)

    @property
    def schedule(self) -> Schedule:
        """The learning rate over the stage: half of the steps at its largest, then down."""
        return Schedule(self.steps, WARM_UP, DECAY_SHARE)

    @property
    def facts(self) -> dict[str, Any]:
        """What is put on record of the stage, for the card."""
        return {
            "leaders": list(map(str, self.leaders)),
            "kept": list(map(str, self.kept)),
            "steps": self.steps,
            "n_slices": self.n_slices,
            "learning_rate": self.learning_rate,
            "schedule": repr(self.schedule),
        }


# All slices together, for as many steps as the shipped parameters began with.
STAGES = (Stage((Shape(6, 8, 128),), 28_600, 2e-3),)


def grow(
    whole: Encoder,
    captions: Captions,
    recipe: Recipe,
    stages: Sequence[Stage],
    out: Path,
    checkpoint_every: int = 500,
    watch: Callable[[int, Encoder, Checkpoint], None] = lambda stage, encoder, checkpoint: None,
) -> None:
    """Train the whole in place, one stage after the other; go on from what a killed run left in `out`.

    Each stage trains an encoder of its shape, begun with the whole's numbers, in a folder of its own; then the whole
    takes its leaders' numbers over. After the last stage it is written to `out`. `watch` is told the stage, counted
    from 0, and its encoder, too. Raises ValueError if a stage does not fit the whole, or if `out` holds another run.
    """
    for stage in stages:
        stage.check(whole.config)
    parameters = {name: values.detach() for name, values in whole.named_parameters()}
    done = 0
    for index, stage in enumerate(stages):
        block = slice_parameters(parameters, whole.config, stage.shape)
        config = slice_config(whole.config, stage.shape)
        encoder = assemble(config, {name: values.clone() for name, values in block.items()})
        own = replace(
            recipe,
            learning_rate=stage.learning_rate,
            earlier_steps=recipe.earlier_steps + done,
            leaders=tuple(map(str, stage.leaders)),
            n_slices=stage.n_slices,
            kept=tuple(map(str, stage.kept)),
        )
        folder = out / f"stage_{index + 1}"
        train(encoder, captions, own, stage.schedule, folder, checkpoint_every, partial(watch, index, encoder))
        trained = {name: values.detach() for name, values in encoder.named_parameters()}
        for leader in stage.leaders:
            learned = slice_parameters(trained, config, leader)
            for name, values in slice_parameters(parameters, whole.config, leader).items():
                values.copy_(learned[name])
        done += stage.steps
    facts = {
        "recipe": repr(recipe),
        "captions": len(captions),
        "step": done,
        "stages": [stage.facts for stage in stages],
    }
    save_state(out / STATE_FILE, parameters, [], facts)
