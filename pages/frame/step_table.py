"""The steps of a pass in numbers: shape, symbol and first numbers of each tensor, and how far two engines differ."""

from collections.abc import Mapping, Sequence

from torch import Tensor

from encoder import Trace, describe
from encoder.operations.notation import number
from pages.frame.engines import engines_agreement
from pages.frame.forward_pass import ForwardPass, encoder_config, passes
from pages.frame.scratch_steps import Step, scratch_steps

SHOWN = 4
Table = dict[str, list[str] | list[float]]


def steps_in_numbers(shown: ForwardPass, layer: int, token: int) -> list[tuple[Step, Table]]:
    """Return the steps of a pass through this layer, each with its numbers of this token.

    All of them at once: to draw them takes seconds, and meanwhile nobody needs to keep the trace.
    """
    settings, ids = shown.settings, shown.encoding.ids
    # Before the turn: who measures it holds it for all others and then waits for the turn, which none of them may have.
    differences = engines_agreement(settings, ids).differences
    with passes().in_turn(encoder_config(settings)):
        trace = passes().trace(settings, ids)
        return [(step, step_table(trace, step.paths, token, differences)) for step in scratch_steps(trace, layer)]


def step_table(trace: Trace, paths: Sequence[str], token: int, differences: Mapping[str, float]) -> Table:
    """Return one row per tensor, as columns; its numbers are the first four that belong to one token."""
    return {
        "path": list(paths),
        "symbol": [describe(path).symbol for path in paths],
        "shape": [shape_in_words(trace[path], describe(path).axes) for path in paths],
        "numbers": [first_numbers(trace[path], describe(path).axes, token) for path in paths],
        "difference": [differences[path] for path in paths],
    }


def shape_in_words(tensor: Tensor, axes: Sequence[str]) -> str:
    """Write each axis with its size.

    >>> import torch
    >>> shape_in_words(torch.zeros(1, 3, 8), ("batch", "token", "d_model"))
    'batch 1 × token 3 × d_model 8'
    """
    return " × ".join(f"{axis} {size}" for axis, size in zip(axes, tensor.shape, strict=True))


def first_numbers(tensor: Tensor, axes: Sequence[str], token: int) -> str:
    """Write the first numbers of one token, those of head 0 where there are heads.

    >>> import torch
    >>> first_numbers(torch.arange(24.0).reshape(1, 3, 8), ("batch", "token", "d_model"), token=1)
    '8, 9, 10, 11, …'
    """
    place = [token if axis in ("token", "query") else 0 for axis in axes[:-1]]
    row = tensor[(*place, slice(token, token + 1) if axes[-1] == "token" else slice(None))]
    return ", ".join([*(number(value) for value in row[:SHOWN]), *(["…"] if len(row) > SHOWN else [])])
