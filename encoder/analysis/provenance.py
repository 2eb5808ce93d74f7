"""Where one number of a trace came from, and where it went.

Nothing about the network is said here: the operations stand beside the trace's fields, in `encoder.parts`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import final

from torch import Tensor

from encoder.analysis.wiring import Wire, operation_at, wires
from encoder.operations import Cell, Index, Operation
from encoder.operations.notation import number, place, tidy
from encoder.trace import Trace, check_path, describe, token_axis
from encoder.whole_number import is_place, plain

Number = float | int | bool


@final
@dataclass(frozen=True, eq=False)
class Cells:
    """Some cells of a tensor of the trace, or of a parameter, with their numbers.

    `name` is what the equation calls the tensor: "x" for the stream, "key" for "layers.0.attention.key".
    """

    path: str
    index: Index
    name: str
    is_parameter: bool
    values: Tensor

    def __str__(self) -> str:
        return place(self.path, self.index, () if self.is_parameter else describe(self.path).axes)


@final
@dataclass(frozen=True, eq=False)
class Explanation:
    """The story of one number: what it was made from, by which operation, and the arithmetic.

    `value` is the number as recorded; `evaluated` is what its sources alone make of it, in float64 and then rounded
    alike. `equation` has names where `arithmetic` has numbers. `terms` are the numbers that are added up on the way
    (for a dot product the products, one a dimension; for a softmax the exponentials, one a key); None where nothing is
    added up. `str` of an explanation is the whole line.
    """

    path: str
    index: tuple[int, ...]
    value: Number
    evaluated: Number
    operation: str
    equation: str
    arithmetic: str
    remark: str
    is_edited: bool
    sources: tuple[Cells, ...]
    terms: Tensor | None

    def __str__(self) -> str:
        """Write the whole line: the cell, its arithmetic, its value, and the remark if there is one."""
        steps = [place(self.path, self.index, describe(self.path).axes), self.arithmetic]
        if self.arithmetic != number(self.value):
            steps.append(number(self.value))
        return " = ".join(steps) + (f" ({self.remark})" if self.remark else "")


def explain(trace: Trace, path: str, index: Sequence[int]) -> Explanation:
    """Tell how the number at this index of this tensor came about, edits included.

    Raises ValueError if the trace has no such path or the tensor no such index.

    >>> import torch, encoder
    >>> config = encoder.EncoderConfig(vocab_size=11, d_model=8, n_heads=2, n_layers=1)
    >>> trace = encoder.Encoder(config)(torch.tensor([[1, 2, 3]]))
    >>> explanation = explain(trace, "layers.0.attention.scores", (0, 1, 2, 0))
    >>> explanation.operation, explanation.equation, str(explanation.sources[0])
    ('scaling', 'dot_products / √d_head', 'layers.0.attention.dot_products[0, head 1, query 2, key 0]')
    """
    cell = cell_at(trace, path, index)
    declared, operation = _operations(trace, path, cell.index)
    places, found = dict(cell.places), {}
    for field, wire in wires(operation, path, trace.config).items():
        found[field] = _cells(trace, wire, wire.source.at(places, trace.config))
        if not found[field].values.is_floating_point():
            places[field] = int(found[field].values)  # a token's id is the row of the table that is read next

    values = {field: _exact(cells.values) for field, cells in found.items()}
    return Explanation(
        path=path,
        index=cell.index,
        value=cell.recorded.item(),
        evaluated=operation.evaluate(cell, values).to(cell.recorded.dtype).item(),
        operation=operation.name,
        equation=operation.equation,
        arithmetic=tidy(operation.arithmetic(cell, values)),
        remark=operation.remark(values),
        is_edited=operation is not declared,
        sources=tuple(found.values()),
        terms=operation.terms(values),
    )


def feeds(trace: Trace, path: str, index: Sequence[int]) -> tuple[Cells, ...]:
    """Find the cells of later tensors that are made from the number at this index: `explain` the other way round.

    Raises ValueError if the trace has no such path or the tensor no such index.
    """
    cell = cell_at(trace, path, index)
    found = []
    for later in trace.paths:
        declared = operation_at(later, trace.config, masked=trace.key_mask is not None)
        for field, wire in wires(declared, later, trace.config).items():
            if wire.path == path:
                fed = wire.source.fed_from(cell.index, describe(later).axes)
                parts = _parts_still_fed(trace, later, fed, declared, field)
                found += [Cells(later, part, wire.source.name, False, trace[later].detach()[part]) for part in parts]
    return tuple(found)


def cell_at(trace: Trace, path: str, index: Sequence[int]) -> Cell:
    """Take one cell of the trace, after a check that there is such a path and index."""
    check_path(path, trace.paths)
    tensor, axes, index = trace[path].detach(), describe(path).axes, tuple(map(plain, index))
    if len(index) != len(axes):
        raise ValueError(f"The index of {path!r} is {index}; it must have {len(axes)} numbers: {', '.join(axes)}.")
    for axis, at, size in zip(axes, index, tensor.shape, strict=True):
        if not is_place(at, size):
            raise ValueError(f"{path!r} has no {axis} {at!r}; give a whole number from 0 to {size - 1}.")
    places = dict(zip(axes, index, strict=True))
    sizes = dict(zip(axes, tensor.shape, strict=True))
    return Cell(path, places, sizes, tensor[tuple(places.values())], trace.config)


def _operations(trace: Trace, path: str, index: tuple[int, ...]) -> tuple[Operation, Operation]:
    """The operation as declared, and what the pass's edits made of it."""
    declared = operation_at(path, trace.config, masked=trace.key_mask is not None)
    return declared, trace.edits.operation(path, index, declared)


def _parts_still_fed(trace: Trace, path: str, fed: Index, declared: Operation, field: str) -> Iterator[Index]:
    """Leave out the tokens whose numbers an edit has cut off from this source; what remains, in runs of tokens."""
    axis = token_axis(path)
    at = fed[axis]
    n_tokens = trace[path].shape[axis]

    def is_fed(token: int) -> bool:
        index = tuple(token if each == axis else 0 for each in range(len(fed)))
        return field in trace.edits.operation(path, index, declared).sources

    if not isinstance(at, slice):
        yield from [fed] if is_fed(at) else []
        return
    for kept, run in groupby(range(n_tokens), is_fed):
        if kept:
            tokens = list(run)
            part = slice(None) if len(tokens) == n_tokens else slice(tokens[0], tokens[-1] + 1)
            yield (*fed[:axis], part, *fed[axis + 1 :])


def _cells(trace: Trace, wire: Wire, index: Index) -> Cells:
    tensor = trace.encoder.get_parameter(wire.path) if wire.is_parameter else trace[wire.path]
    return Cells(wire.path, index, wire.source.name, wire.is_parameter, tensor.detach()[index])


def _exact(values: Tensor) -> Tensor:
    """The numbers in float64, so that evaluating them adds no rounding of its own."""
    return values.double() if values.is_floating_point() else values
