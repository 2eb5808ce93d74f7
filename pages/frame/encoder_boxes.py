"""The boxes of the encoder map: the tensors of one layer and head in the order of computation, and how each is made.

How they hang together is said once, in the encoder's declarations; here it is only copied out for the browser.
"""

import re
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from encoder import EncoderConfig, Trace, describe
from encoder.analysis.wiring import operation_at, wires
from encoder.operations.notation import number
from encoder.stream import stream_after

COLOURS = {"query": "query", "key": "key", "value": "value", "context": "value"}
SIZES = ("token_ids", "key_mask", "weights", "std")
ATTENTION_MAPS = ("dot_products", "scores", "masked_scores", "weights")


@dataclass(frozen=True)
class BoxSource:
    """One source of a box's numbers: the field of the formula that stands for it, and where to look, axis by axis."""

    field: str
    name: str
    path: str
    terms: tuple[str, ...]
    is_parameter: bool


@dataclass(frozen=True, eq=False)
class Box:
    """One tensor as a table [row, column] in which every row is a token, and the declaration of what made it."""

    path: str
    name: str
    symbol: str
    meaning: str
    axes: tuple[str, ...]
    columns: str
    shape: str
    colour: str
    scale: str
    values: np.ndarray
    operation: str
    formula: str
    sources: tuple[BoxSource, ...]


@dataclass(frozen=True)
class Stage:
    """Boxes that belong together, under one title."""

    title: str
    boxes: tuple[Box, ...]


def stages(trace: Trace, layer: int, head: int) -> tuple[Stage, ...]:
    """Return what the map shows with this layer and head open: from the tokens to the layer's output."""
    grouped = groupby(shown_paths(trace, layer), lambda path: _title(path, layer, head))
    return tuple(
        Stage(title, tuple(box for path in paths for box in _boxes(trace, path, layer, head)))
        for title, paths in grouped
    )


def shown_paths(trace: Trace, layer: int) -> tuple[str, ...]:
    """Return the paths of all boxes while this layer is open.

    Behind the last layer stand the final LayerNorm and the prediction, where the encoder has them.
    """
    config, last = trace.config, trace.config.n_layers - 1
    entering = (stream_after(layer, config),) if layer else ()
    outside = [path for path in trace.paths if not path.startswith(("layers.", "final_norm.", "prediction."))]
    inside = [path for path in trace.paths if path.startswith(f"layers.{layer}.")]
    behind = [path for path in trace.paths if path.startswith(("final_norm.", "prediction.")) and layer == last]
    return (*outside, *entering, *inside, *behind)


def layer_outputs(trace: Trace) -> np.ndarray:
    """Return what leaves each layer, as one array [layer, token, d_model]."""
    paths = [stream_after(layer + 1, trace.config) for layer in range(trace.config.n_layers)]
    return np.stack([trace[path][0].numpy() for path in paths])


def _title(path: str, layer: int, head: int) -> str:
    inside = path.removeprefix(f"layers.{layer}.")
    if inside.startswith("layers."):
        return f"From layer {layer - 1}"
    if inside.startswith("embedding.norm"):
        return "LayerNorm of the embedding"
    if inside in ("attention.output", "attention_residual"):
        return f"Layer {layer}: all heads together"
    if inside.startswith("attention."):
        return f"Layer {layer}: attention, head {head}"
    if inside.startswith("final_norm"):
        return "Final LayerNorm"
    if inside.startswith("prediction"):
        return "Prediction of each token’s word"
    if "norm" in inside:
        return f"Layer {layer}: LayerNorm of " + ("attention" if inside.startswith("attention") else "feed-forward")
    return f"Layer {layer}: feed-forward" if inside.startswith("feed_forward") else "Embedding"


def _boxes(trace: Trace, path: str, layer: int, head: int) -> list[Box]:
    if path == f"layers.{layer}.attention.output":
        context = f"layers.{layer}.attention.context"
        return [_box(trace, context, layer, head, all_heads=True), _box(trace, path, layer, head)]
    return [_box(trace, path, layer, head)]


def _box(trace: Trace, path: str, layer: int, head: int, all_heads: bool = False) -> Box:
    about, config = describe(path), trace.config
    operation = operation_at(path, config, masked=trace.key_mask is not None)
    values = _table(trace, path, head, all_heads)
    row_and_column = [axis for axis in about.axes if axis not in ("batch", "head")]
    columns = "head d_head" if all_heads else "".join(row_and_column[1:])
    name = path.rpartition(".")[2]
    return Box(
        path=path,
        name=_name(path, layer, all_heads),
        symbol="Concat(AV)" if all_heads else about.symbol,
        meaning=about.meaning,
        axes=about.axes,
        columns=columns,
        shape=_shape(values, columns) + (f", head {head}" if "head" in about.axes and not all_heads else ""),
        colour=COLOURS.get(name, "weights" if name in ATTENTION_MAPS else "residual"),
        scale="size" if name in SIZES else "signed",
        values=values,
        operation=operation.name,
        formula=_with_sizes(operation.formula, config),
        sources=tuple(
            BoxSource(field, wire.source.name, wire.path, wire.source.terms, wire.is_parameter)
            for field, wire in wires(operation, path, config).items()
        ),
    )


def _table(trace: Trace, path: str, head: int, all_heads: bool) -> np.ndarray:
    axes, tensor = describe(path).axes, trace[path].detach()
    if "batch" in axes:
        tensor = tensor[0]
    if all_heads:
        tensor = tensor.transpose(0, 1).flatten(1)
    elif "head" in axes:
        tensor = tensor[head]
    return np.atleast_2d(tensor.numpy().astype(np.float32).T).T


def _name(path: str, layer: int, all_heads: bool) -> str:
    if all_heads:
        return "context of all heads"
    if path.startswith("layers.") and not path.startswith(f"layers.{layer}."):
        return f"output of layer {layer - 1}"
    part, _, name = path.rpartition(".")
    words = name.replace("_", " ")
    return f"{part.rpartition('.')[2].replace('_', ' ')} {words}" if name in ("output", "sum") else words


def _shape(values: np.ndarray, columns: str) -> str:
    rows = f"{len(values)} tokens"
    if not columns:
        return rows
    if columns == "key":
        return f"{len(values)} queries × {values.shape[1]} keys"
    return f"{rows} × {values.shape[1]} ({columns.replace(' ', ' · ')})"


def _with_sizes(formula: str, config: EncoderConfig) -> str:
    """Put the encoder's sizes into a formula where it divides by them, and its ε."""
    for name in ("d_head", "d_model"):
        formula = re.sub(rf"(/ |√){name}", rf"\g<1>{getattr(config, name)}", formula)
    return formula.replace("ε", number(config.layer_norm_epsilon))
