"""Which tensor each name in an operation's declaration means, in an encoder of a given config."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, cast, final

from encoder.config import EncoderConfig
from encoder.operations import Operation, Source
from encoder.stream import stream_into
from encoder.trace import declared_operation, describe, trace_paths


@final
@dataclass(frozen=True)
class Wire:
    """One source of an operation as declared, and what its name means: a path of the trace, or a parameter."""

    source: Source
    path: str
    is_parameter: bool


@lru_cache(maxsize=2048)
def operation_at(path: str, config: EncoderConfig, masked: bool = False) -> Operation:
    """The operation that makes the tensor at this path, without the sources that this encoder or pass has not.

    >>> config = EncoderConfig(vocab_size=11, d_model=8, n_heads=2, n_layers=1, positions="none")
    >>> operation_at("embedding.sum", config)
    Addition(x='token[batch, token, d_model]', update=None)
    """
    declared = declared_operation(path, config)
    wired = wires(declared, path, config).values()
    known = trace_paths(config, masked)
    absent = {
        field: None
        for field, wire in zip(declared.sources, wired, strict=True)
        if not wire.is_parameter and wire.path not in known
    }
    return replace(cast(Any, declared), **absent)


def wires(operation: Operation, path: str, config: EncoderConfig) -> Mapping[str, Wire]:
    """Every source of the operation that makes the tensor at this path, by the name of the operation's field.

    >>> config = EncoderConfig(vocab_size=11, d_model=8, n_heads=2, n_layers=1)
    >>> path = "layers.0.attention.query"
    >>> [wire.path for wire in wires(operation_at(path, config), path, config).values()]
    ['embedding.sum', 'layers.0.attention.W_Q', 'layers.0.attention.b_Q']
    """
    return {field: _wire(source, path, config) for field, source in operation.sources.items()}


@lru_cache(maxsize=8192)
def _wire(source: Source, path: str, config: EncoderConfig) -> Wire:
    if source.name == "x":
        return Wire(source, stream_into(path, config), is_parameter=False)
    part = path
    while part:
        part = part.rpartition(".")[0]
        nearest = f"{part}.{source.name}".removeprefix(".")
        if _is_tensor(nearest):
            return Wire(source, nearest, is_parameter=False)
    own = f"{path.rpartition('.')[0]}.{source.name}"
    return Wire(source, source.name if "." in source.name else own, is_parameter=True)


def _is_tensor(path: str) -> bool:
    try:
        describe(path)
    except ValueError:
        return False
    return True
