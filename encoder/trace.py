"""The table of contents of a forward pass: every tensor's path, axes, symbol and meaning.

A trace is a tree of frozen dataclasses. One path names one tensor everywhere: as an attribute
(`trace.layers[0].attention.weights`), in a look-up (`trace["layers.0.attention.weights"]`), as the place of an
edit, and on the screen. Axis names: batch, token, query, key, head, d_model, d_head, d_ff, vocab.
"""

import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, dataclass, field, fields, is_dataclass
from functools import lru_cache
from typing import Any, final, get_args

from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from encoder.config import EncoderConfig, Norm


@final
@dataclass(frozen=True)
class TensorMeaning:
    """What a tensor of the trace is: the names of its axes, the paper's symbol, and one sentence."""

    axes: tuple[str, ...]
    symbol: str
    meaning: str


Condition = Callable[[EncoderConfig], bool]


def _always(config: EncoderConfig) -> bool:
    return True


def tensor(symbol: str, meaning: str, when: Condition = _always) -> Any:
    """Declare a tensor of the trace: its annotation holds the axes, this the rest; `when` says which configs have it."""
    return field(metadata={"symbol": symbol, "meaning": meaning, "when": when})


def part(when: Condition = _always) -> Any:
    """Declare a part of the trace that holds tensors of its own."""
    return field(metadata={"when": when})


@final
@dataclass(frozen=True, eq=False)
class NormTrace:
    """LayerNorm of one vector per token: LN(x) = γ · (x − mean) / std + β."""

    mean: Float[Tensor, "batch token"] = tensor("μ", "The mean of the token's vector over its dimensions.")
    std: Float[Tensor, "batch token"] = tensor("σ", "The spread of the token's vector: √(variance + ε).")
    normalized: Float[Tensor, "batch token d_model"] = tensor(
        "(x − μ)/σ", "The token's vector with its mean removed and its spread set to one."
    )
    output: Float[Tensor, "batch token d_model"] = tensor(
        "LN(x)", "The normalized vector, stretched by γ and shifted by β, both learned per dimension."
    )


@final
@dataclass(frozen=True, eq=False)
class EmbeddingTrace:
    """How token ids become vectors."""

    token: Float[Tensor, "batch token d_model"] = tensor("E[t]", "The vector that stands in the table for this token.")
    position: Float[Tensor, "token d_model"] | None = tensor(
        "P",
        "The vector that says where in the sentence the token stands.",
        when=lambda config: config.positions != "none",
    )
    sum: Float[Tensor, "batch token d_model"] = tensor(
        "x₀", "Token and position added: the start of the residual stream."
    )
    norm: NormTrace | None = part(when=lambda config: config.embedding_norm)

    @property
    def output(self) -> Tensor:
        """What enters the first layer: the sum, or its LayerNorm where the config has one."""
        return self.sum if self.norm is None else self.norm.output


@final
@dataclass(frozen=True, eq=False)
class AttentionTrace:
    """Multi-head self-attention, from three products of the same x to what is added to the stream."""

    query: Float[Tensor, "batch head token d_head"] = tensor("Q", "What each token is looking for.")
    key: Float[Tensor, "batch head token d_head"] = tensor("K", "What each token can be found by.")
    value: Float[Tensor, "batch head token d_head"] = tensor("V", "What each token hands over when it is looked at.")
    dot_products: Float[Tensor, "batch head query key"] = tensor("QKᵀ", "How well each query matches each key.")
    scores: Float[Tensor, "batch head query key"] = tensor(
        "QKᵀ/√d_head", "The match divided by √d_head, so that its spread does not grow with the head's size."
    )
    masked_scores: Float[Tensor, "batch head query key"] = tensor(
        "mask(QKᵀ/√d_head)", "The scores, with −∞ where a key may not be looked at."
    )
    weights: Float[Tensor, "batch head query key"] = tensor(
        "A", "How each query token shares its attention among the keys; every row sums to 1."
    )
    context: Float[Tensor, "batch head token d_head"] = tensor(
        "AV", "The values, averaged with the weights: what each head has gathered for each token."
    )
    output: Float[Tensor, "batch token d_model"] = tensor(
        "Concat(AV)·W_O + b_O", "All heads' findings, brought back to the width of the residual stream."
    )


@final
@dataclass(frozen=True, eq=False)
class FeedForwardTrace:
    """The same two-layer network, applied to each token on its own."""

    pre_activation: Float[Tensor, "batch token d_ff"] = tensor(
        "x·W₁ + b₁", "How strongly each hidden unit is driven by the token's vector."
    )
    activation: Float[Tensor, "batch token d_ff"] = tensor("φ(x·W₁ + b₁)", "What each hidden unit lets through.")
    output: Float[Tensor, "batch token d_model"] = tensor(
        "φ(x·W₁ + b₁)·W₂ + b₂", "What the feed-forward network adds to the token's vector."
    )


@final
@dataclass(frozen=True, eq=False)
class LayerTrace:
    """One layer: two sublayers, each added to the residual stream, each with its LayerNorm."""

    placement: Norm = field(repr=False)
    attention: AttentionTrace = part()
    attention_residual: Float[Tensor, "batch token d_model"] = tensor(
        "x + MHA(x)", "The stream after attention's output was added to it."
    )
    attention_norm: NormTrace = part()
    feed_forward: FeedForwardTrace = part()
    feed_forward_residual: Float[Tensor, "batch token d_model"] = tensor(
        "x + FFN(x)", "The stream after the feed-forward network's output was added to it."
    )
    feed_forward_norm: NormTrace = part()

    @property
    def output(self) -> Tensor:
        """The residual stream as it leaves the layer."""
        return self.feed_forward_norm.output if self.placement == "post" else self.feed_forward_residual


@final
@dataclass(frozen=True, eq=False)
class PredictionTrace:
    """Which word the encoder would put at each place, read from its output."""

    pre_activation: Float[Tensor, "batch token d_model"] = tensor(
        "x·W_P + b_P", "The output, turned towards the words that could stand here."
    )
    activation: Float[Tensor, "batch token d_model"] = tensor(
        "GELU(x·W_P + b_P)", "What of it is let through before it is compared with every word's vector."
    )
    norm: NormTrace = part()
    logits: Float[Tensor, "batch token vocab"] = tensor(
        "LN(·)·Eᵀ + b_E", "How well each word of the vocabulary fits here; the softmax of a row gives probabilities."
    )


@final
@dataclass(frozen=True, eq=False)
class Trace:
    """Every tensor of one forward pass, with the config and the encoder that made it."""

    config: EncoderConfig = field(repr=False)
    encoder: nn.Module = field(repr=False)
    token_ids: Int[Tensor, "batch token"] = tensor("t", "The number of each token in the vocabulary.")
    key_mask: Bool[Tensor, "batch token"] | None = tensor(
        "m", "True where a token may be looked at; False where it is padding."
    )
    embedding: EmbeddingTrace = part()
    layers: tuple[LayerTrace, ...] = part()
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
        return ((path, self[path]) for path in self.paths)

    def __getitem__(self, path: str) -> Tensor:
        """Look a tensor up by its path; an unknown path raises ValueError that names the nearest valid one."""
        check_path(path, self.paths)
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
    return tuple(path for path in _walk(Trace, "", config) if masked or path != "key_mask")


def describe(path: str) -> TensorMeaning:
    """What the tensor at this path is, in any encoder that has it.

    >>> describe("layers.0.attention.weights").axes
    ('batch', 'head', 'query', 'key')
    """
    kind: Any = Trace
    metadata: Mapping[str, Any] = {}
    for step in path.split("."):
        if step.isdigit():
            continue
        declared = {field.name: field for field in fields(kind)}.get(step) if is_dataclass(kind) else None
        if declared is None or not declared.metadata:
            raise ValueError(f"{path!r} is no path of a trace; trace_paths(config) lists them.")
        kind, metadata = _declared_type(declared), declared.metadata
    if is_dataclass(kind):
        raise ValueError(f"{path!r} names a part of the trace, not a tensor; trace_paths(config) lists the tensors.")
    return TensorMeaning(tuple(kind.dim_str.split()), metadata["symbol"], metadata["meaning"])


def check_path(path: str, paths: tuple[str, ...]) -> None:
    """Raise ValueError if this pass records no such path, naming the nearest one that it does."""
    if path not in paths:
        nearest = difflib.get_close_matches(path, paths, n=1, cutoff=0.0)[0]
        raise ValueError(f"{path!r} is no path of this trace; the nearest one is {nearest!r}.")


def _walk(tree: Any, prefix: str, config: EncoderConfig) -> Iterator[str]:
    for declared in _in_order_of_computation(tree, config):
        if not declared.metadata["when"](config):
            continue
        path, kind = prefix + declared.name, _declared_type(declared)
        if declared.name == "layers":
            for layer in range(config.n_layers):
                yield from _walk(kind, f"{path}.{layer}.", config)
        elif is_dataclass(kind):
            yield from _walk(kind, f"{path}.", config)
        else:
            yield path


def _in_order_of_computation(tree: Any, config: EncoderConfig) -> list[Field]:
    declared = [field for field in fields(tree) if field.metadata]
    if tree is LayerTrace and config.norm == "pre":
        attention, attention_residual, attention_norm, feed_forward, feed_forward_residual, feed_forward_norm = declared
        return [attention_norm, attention, attention_residual, feed_forward_norm, feed_forward, feed_forward_residual]
    return declared


def _declared_type(declared: Field) -> Any:
    """The class behind an annotation: of `X | None` the X, of `tuple[X, ...]` the X."""
    return get_args(declared.type)[0] if get_args(declared.type) else declared.type
