"""How a trace declares its tensors, and how the declarations are read."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, field, fields, is_dataclass
from typing import Any, get_args

from encoder.config import EncoderConfig
from encoder.operations import Operation

Condition = Callable[[EncoderConfig], bool]
Order = Callable[[EncoderConfig], list[str]]
Choice = Callable[[EncoderConfig], Operation]
NUMBER = re.compile("0|[1-9][0-9]*")


def _always(config: EncoderConfig) -> bool:
    return True


def tensor(symbol: str, meaning: str, operation: Operation | Choice, when: Condition = _always) -> Any:
    """Declare a tensor of the trace: its annotation holds the axes, this the rest.

    `operation` says how each of its numbers is made (where that depends on the config, as a function of it), `when`
    which configs have the tensor.
    """
    return field(metadata={"symbol": symbol, "meaning": meaning, "operation": operation, "when": when})


def part(when: Condition = _always, order: Order | None = None) -> Any:
    """Declare a part of the trace that holds tensors of its own; `order`, if they are not computed as they stand."""
    return field(metadata={"when": when, "order": order})


def declared_paths(tree: Any, config: EncoderConfig, prefix: str = "", order: Order | None = None) -> Iterator[str]:
    """Every tensor that the tree declares for this config, in the order of computation."""
    declared = {field.name: field for field in fields(tree) if field.metadata}
    for name in order(config) if order else declared:
        metadata, kind = declared[name].metadata, declared_type(declared[name])
        if not metadata["when"](config):
            continue
        if not is_dataclass(kind):
            yield prefix + name
            continue
        copies = [f"{name}.{layer}" for layer in range(config.n_layers)] if name == "layers" else [name]
        for copy in copies:
            yield from declared_paths(kind, config, f"{prefix}{copy}.", metadata["order"])


def find_declaration(tree: Any, path: str) -> tuple[Any, Mapping[str, Any]]:
    """The annotated type and the metadata of what stands at this path; LookupError if nothing is declared there.

    Behind "layers", and nowhere else, stands a layer's number.
    """
    kind: Any = tree
    metadata: Mapping[str, Any] = {}
    steps = iter(path.split("."))
    for step in steps:
        declared = {field.name: field for field in fields(kind)}.get(step) if is_dataclass(kind) else None
        if declared is None or not declared.metadata:
            raise LookupError(path)
        if step == "layers" and not NUMBER.fullmatch(next(steps, "")):
            raise LookupError(path)
        kind, metadata = declared_type(declared), declared.metadata
    return kind, metadata


def declared_type(declared: Field) -> Any:
    """The class behind an annotation: of `X | None` the X, of `tuple[X, ...]` the X."""
    return get_args(declared.type)[0] if get_args(declared.type) else declared.type
