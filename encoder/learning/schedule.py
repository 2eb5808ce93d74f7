"""How large the steps of a training run are, from the first to the last."""

from dataclasses import dataclass
from typing import final


@final
@dataclass(frozen=True)
class Schedule:
    """Warm up, stay, then shrink linearly over the last part of the run: the factor of the learning rate by step.

    Because the middle part is flat, a run may be ended earlier or later than planned: resume it with other `steps`.

    >>> schedule = Schedule(steps=100, warm_up=10, decay_share=0.3, final=0.02)
    >>> [schedule.factor(step) for step in (0, 9, 50, 99)]
    [0.1, 1.0, 1.0, 0.02]
    """

    steps: int
    warm_up: int = 300
    decay_share: float = 0.3
    final: float = 0.02

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise ValueError(f"steps is {self.steps}; a run needs at least 1. Give a larger number.")
        if self.warm_up < 0:
            raise ValueError(f"warm_up is {self.warm_up}; it must be 0 or more steps.")
        for name in ("decay_share", "final"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be from 0 to 1.")

    def factor(self, step: int) -> float:
        """Return what the learning rate is multiplied by at this step, counted from 0."""
        warmed = min(1.0, (step + 1) / max(1, self.warm_up))
        decay_steps = max(1, round(self.steps * self.decay_share))
        left = max(0, min(decay_steps, self.steps - 1 - step)) / decay_steps
        return warmed * (self.final + (1 - self.final) * left)
