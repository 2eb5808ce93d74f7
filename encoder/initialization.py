"""Where an encoder's parameters start, drawn from its seed: the same config gives the same bits on every run."""

from math import sqrt
from typing import Any

import torch
from torch import Tensor, nn


def parameter(*shape: int) -> nn.Parameter:
    """Room for a learned tensor, filled by `initialize`."""
    return nn.Parameter(torch.empty(shape))


def parameters_of(module: nn.Module) -> tuple[Tensor, ...]:
    """The module's own learned tensors, in the order in which they stand there.

    torch finds each `self.W` by a detour that takes longer than adding two small tensors; this asks once for all.
    """
    return tuple(module._parameters.values())  # type: ignore[arg-type]  # none of ours is None


def parts_of(module: nn.Module) -> tuple[Any, ...]:
    """The module's own parts, in the order in which they stand there: found as quickly as its parameters."""
    return tuple(module._modules.values())


@torch.no_grad()
def initialize(module: nn.Module, seed: int) -> None:
    """Fill every parameter from one seeded generator, in the order in which they stand in the module.

    Matrices W: Xavier uniform, U(−a, a) with a = √(6 / (d_in + d_out)) (Glorot & Bengio 2010), so that q, k and v
    keep about the spread of x. Biases and β: 0; γ: 1. Token table: N(0, 1), so that its entries need no √d_model
    (Vaswani et al. 2017 §3.4) to be as large as those of the positions. Learned positions: N(0, 1/2), the mean square
    of the sinusoids.
    On torch's "meta" device there are only shapes, and nothing is drawn.
    """
    generator = torch.Generator().manual_seed(seed)
    for path, values in module.named_parameters():
        if not values.is_meta:
            _fill(path.rpartition(".")[2], values, generator)


def _fill(name: str, values: Tensor, generator: torch.Generator) -> None:
    if name.startswith("W_"):
        d_in, d_out = values.shape
        limit = sqrt(6 / (d_in + d_out))
        values.uniform_(-limit, limit, generator=generator)
    elif name == "token_table":
        values.normal_(0.0, 1.0, generator=generator)
    elif name == "position_table":
        values.normal_(0.0, sqrt(1 / 2), generator=generator)
    else:
        values.fill_(1.0 if name == "gamma" else 0.0)
