"""A training run that is killed on its way."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import torch

from encoder.learning import training


@contextmanager
def killed_at(step: int) -> Iterator[None]:
    """Kill what trains inside as soon as it comes to this step."""
    descend = training.descend

    def killed(*arguments: object) -> torch.Tensor:
        if step in arguments:
            raise KeyboardInterrupt
        return descend(*arguments)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "descend", killed)
        with pytest.raises(KeyboardInterrupt):
            yield
