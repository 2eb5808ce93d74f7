"""The table of contents of a forward pass: every tensor's path, axes, symbol, meaning and origin.

A trace is a tree of frozen dataclasses. One path names one tensor everywhere: as an attribute
(`trace.layers[0].attention.weights`), in a look-up (`trace["layers.0.attention.weights"]`), as the place of an
edit, and on the screen. Axis names: batch, token, query, key, head, d_model, d_head, d_ff, vocab.
"""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, is_dataclass
from functools import lru_cache
from typing import Any, Protocol, final

from jaxtyping import Bool, Int
from torch import Tensor, nn

from encoder.config import EncoderConfig
from encoder.declaration import declared_paths, find_declaration, part, tensor
from encoder.operations import Given, Operation
from encoder.parts import EmbeddingTrace, LayerTrace, NormTrace, PredictionTrace
from encoder.stream import LAYER_READS


@final
@dataclass(frozen=True)
class TensorMeaning:
    """What a tensor of the trace is: the names of its axes, the paper's symbol, and one sentence."""

    axes: tuple[str, ...]
    symbol: str
    meaning: str


class PassEdits(Protocol):
    """The edits that a pass was made with, as far as its trace needs to know them."""

    def operation(self, path: str, index: tuple[int, ...], declared: Operation) -> Operation:
        """How the number at this place really came about: the declared operation, or what an edit made of it."""


@final
@dataclass(frozen=True, eq=False)
class Trace:
    """Every tensor of one forward pass, with the config, the encoder and the edits that made it."""

    config: EncoderConfig = field(repr=False)
    encoder: nn.Module = field(repr=False)
    edits: PassEdits = field(repr=False)
    token_ids: Int[Tensor, "batch token"] = tensor("t", "The number of each token in the vocabulary.", Given())
    key_mask: Bool[Tensor, "batch token"] | None = tensor(
        "m", "True where a token may be looked at; False where it is padding.", Given()
    )
    embedding: EmbeddingTrace = part()
    layers: tuple[LayerTrace, ...] = part(order=lambda config: list(LAYER_READS[config.norm]))
    final_norm: NormTrace | None = part(when=lambda config: config.norm == "pre")
    prediction: PredictionTrace | None = part(when=lambda config: config.prediction_head)

    @property
    def output(self) -> Tensor:
        """The encoder's output: the stream after the last layer, and after the final LayerNorm where there is one."""
        return self.layers[-1].output if self.final_norm is None else self.final_norm.output

    @property
    def paths(self) -> tuple[str, ...]:
        """The path of every recorded tensor, in the order of computation."""
        return trace_paths(self.config, masked=self.key_mask is not None)

    def items(self) -> Iterator[tuple[str, Tensor]]:
        """Yield (path, tensor) for every recorded tensor, in the order of computation."""
        return ((path, self._at(path)) for path in self.paths)

    def __getitem__(self, path: str) -> Tensor:
        """Look a tensor up by its path; an unknown path raises ValueError that names the nearest valid one."""
        check_path(path, self.paths)
        return self._at(path)

    def _at(self, path: str) -> Tensor:
        node: Any = self
        for step in path.split("."):
            node = node[int(step)] if step.isdigit() else getattr(node, step)
        return node


@lru_cache(maxsize=64)
def trace_paths(config: EncoderConfig, masked: bool = False) -> tuple[str, ...]:
    """The path of every tensor that a pass of this config records, in the order of computation.

    >>> config = EncoderConfig(vocab_size=11, d_model=8, n_heads=2, n_layers=1, positions="none")
    >>> trace_paths(config)[:4]
    ('token_ids', 'embedding.token', 'embedding.sum', 'layers.0.attention.query')
    """
    return tuple(path for path in declared_paths(Trace, config) if masked or path != "key_mask")


@lru_cache(maxsize=2048)
def describe(path: str) -> TensorMeaning:
    """What the tensor at this path is, in any encoder that has it.

    >>> describe("layers.0.attention.weights").axes
    ('batch', 'head', 'query', 'key')
    """
    kind, metadata = _declared_at(path)
    return TensorMeaning(tuple(kind.dim_str.split()), metadata["symbol"], metadata["meaning"])


def token_axis(path: str) -> int:
    """Where among the axes of the tensor at this path its tokens are; in a map of attention, those that look.

    >>> token_axis("layers.0.attention.value"), token_axis("layers.0.attention.weights"), token_axis("token_ids")
    (2, 2, 1)
    """
    axes = describe(path).axes
    return axes.index("query" if "query" in axes else "token")


def declared_operation(path: str, config: EncoderConfig) -> Operation:
    """How an encoder of this config makes the numbers of the tensor at this path.

    >>> config = EncoderConfig(vocab_size=11, d_model=8, n_heads=2, n_layers=1)
    >>> declared_operation("layers.0.attention.weights", config)
    Softmax(scores='masked_scores[batch, head, query, :]')
    """
    _, metadata = _declared_at(path)
    operation = metadata["operation"]
    return operation if isinstance(operation, Operation) else operation(config)


def _declared_at(path: str) -> tuple[Any, Mapping[str, Any]]:
    try:
        kind, metadata = find_declaration(Trace, path)
    except LookupError:
        raise ValueError(f"{path!r} is no path of a trace; trace_paths(config) lists them.") from None
    if is_dataclass(kind):
        raise ValueError(f"{path!r} names a part of the trace, not a tensor; trace_paths(config) lists the tensors.")
    return kind, metadata


def check_path(path: str, paths: tuple[str, ...]) -> None:
    """Raise ValueError if this pass records no such path, naming the nearest one that it does."""
    if path not in paths:
        nearest = difflib.get_close_matches(str(path), paths, n=1, cutoff=0.0)[0]
        raise ValueError(f"{path!r} is no path of this trace; the nearest one is {nearest!r}.")
