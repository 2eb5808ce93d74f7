"""A trace holds every tensor of the pass, once, under one path, with the shape that it declares."""

import dataclasses

import pytest
import torch

from encoder import Encoder, Trace, describe, trace_paths
from encoder.trace import token_axis
from tests.encoder.conftest import BATCH, LENGTH, PRIMES, prime_config, some_mask, some_tokens

SPECIFICATION = """\
token_ids                                [2, 11]           t
key_mask                                 [2, 11]           m
embedding.token                          [2, 11, 13]       E[t]
embedding.position                       [11, 13]          P
embedding.sum                            [2, 11, 13]       x₀
embedding.norm.mean                      [2, 11]           μ
embedding.norm.std                       [2, 11]           σ
embedding.norm.normalized                [2, 11, 13]       (x − μ)/σ
embedding.norm.output                    [2, 11, 13]       LN(x)
layers.0.attention.query                 [2, 3, 11, 5]     Q
layers.0.attention.key                   [2, 3, 11, 5]     K
layers.0.attention.value                 [2, 3, 11, 5]     V
layers.0.attention.dot_products          [2, 3, 11, 11]    QKᵀ
layers.0.attention.scores                [2, 3, 11, 11]    QKᵀ/√d_head
layers.0.attention.masked_scores         [2, 3, 11, 11]    mask(QKᵀ/√d_head)
layers.0.attention.weights               [2, 3, 11, 11]    A
layers.0.attention.context               [2, 3, 11, 5]     AV
layers.0.attention.output                [2, 11, 13]       Concat(AV)·W_O + b_O
layers.0.attention_residual              [2, 11, 13]       x + MHA(x)
layers.0.attention_norm.mean             [2, 11]           μ
layers.0.attention_norm.std              [2, 11]           σ
layers.0.attention_norm.normalized       [2, 11, 13]       (x − μ)/σ
layers.0.attention_norm.output           [2, 11, 13]       LN(x)
layers.0.feed_forward.pre_activation     [2, 11, 17]       x·W₁ + b₁
layers.0.feed_forward.activation         [2, 11, 17]       φ(x·W₁ + b₁)
layers.0.feed_forward.output             [2, 11, 13]       φ(x·W₁ + b₁)·W₂ + b₂
layers.0.feed_forward_residual           [2, 11, 13]       x + FFN(x)
layers.0.feed_forward_norm.mean          [2, 11]           μ
layers.0.feed_forward_norm.std           [2, 11]           σ
layers.0.feed_forward_norm.normalized    [2, 11, 13]       (x − μ)/σ
layers.0.feed_forward_norm.output        [2, 11, 13]       LN(x)
prediction.pre_activation                [2, 11, 13]       x·W_P + b_P
prediction.activation                    [2, 11, 13]       GELU(x·W_P + b_P)
prediction.norm.mean                     [2, 11]           μ
prediction.norm.std                      [2, 11]           σ
prediction.norm.normalized               [2, 11, 13]       (x − μ)/σ
prediction.norm.output                   [2, 11, 13]       LN(x)
prediction.logits                        [2, 11, 31]       LN(·)·Eᵀ + b_E"""


def traced(**choices: object) -> Trace:
    config = prime_config(**choices)
    return Encoder(config)(some_tokens(config), some_mask())


def test_the_whole_trace_is_this_table() -> None:
    trace = traced(n_layers=1, embedding_norm=True, prediction_head=True)
    rows = [f"{path:<40} {list(tensor.shape)!s:<17} {describe(path).symbol}" for path, tensor in trace.items()]
    assert "\n".join(rows) == SPECIFICATION


def test_every_tensor_has_the_shape_that_its_axes_declare(norm: str) -> None:
    sizes = PRIMES | {"batch": BATCH, "token": LENGTH, "query": LENGTH, "key": LENGTH, "head": 3, "vocab": 31}
    for path, tensor in traced(norm=norm, embedding_norm=True, prediction_head=True).items():
        assert tuple(tensor.shape) == tuple(sizes[axis] for axis in describe(path).axes), path


def test_a_path_is_the_attribute_path(norm: str) -> None:
    trace = traced(norm=norm)
    assert trace["layers.1.attention.weights"] is trace.layers[1].attention.weights
    assert trace["embedding.sum"] is trace.embedding.sum


def test_no_recorded_tensor_is_left_out(norm: str) -> None:
    trace = traced(norm=norm, embedding_norm=True, prediction_head=True)

    def count(node: object) -> int:
        if isinstance(node, torch.Tensor):
            return 1
        if isinstance(node, tuple):
            return sum(map(count, node))
        if dataclasses.is_dataclass(node):
            return sum(count(getattr(node, declared.name)) for declared in dataclasses.fields(node))
        return 0

    assert count(trace) == len(trace.paths) == len(set(trace.paths))


def test_what_the_config_has_not_is_absent() -> None:
    plain = trace_paths(prime_config(positions="none"))
    assert not [
        path for path in plain if path.startswith(("embedding.position", "embedding.norm", "final_norm", "key"))
    ]
    assert "final_norm.output" in trace_paths(prime_config(norm="pre"))


def test_pre_norm_records_the_norm_before_its_sublayer() -> None:
    paths = trace_paths(prime_config(norm="pre"))
    order = ["attention_norm.output", "attention.query", "attention_residual", "feed_forward_norm.mean"]
    positions = [paths.index(f"layers.1.{part}") for part in order]
    assert positions == sorted(positions)


def test_an_unknown_path_names_the_nearest_one() -> None:
    with pytest.raises(ValueError, match=r"nearest one is 'layers\.1\.attention\.weights'"):
        traced()["layers.1.atention.wieghts"]


def test_a_part_of_the_trace_is_no_path() -> None:
    with pytest.raises(ValueError, match="no path of this trace"):
        traced()["layers.0.attention"]
    with pytest.raises(ValueError, match="names a part of the trace, not a tensor"):
        describe("layers.0.attention")
    with pytest.raises(ValueError, match="no path of a trace"):
        describe("layers.0.attention.importance")


@pytest.mark.parametrize(
    "path",
    [
        "1.2.3.token_ids.9",
        "embedding.5.sum",
        "layers.0.1.2.attention.weights",
        "layers.0.attention.0.weights",
        "layers.attention.weights",
        "layers.-1.attention.weights",
        "layers.01.attention.weights",
        "layers.²",
        "layers.٣.attention.weights",
        "layers",
        "",
    ],
)
def test_a_number_stands_behind_layers_and_nowhere_else(path: str) -> None:
    for read in (describe, token_axis):
        with pytest.raises(ValueError, match=f"^'{path}' is no path of a trace; trace_paths"):
            read(path)
    assert describe("layers.10.attention.weights") == describe("layers.0.attention.weights")


def test_every_tensor_has_a_sentence_and_a_symbol() -> None:
    for path in trace_paths(prime_config(embedding_norm=True, prediction_head=True), masked=True):
        assert describe(path).symbol
        assert describe(path).meaning.endswith(".")


def test_a_trace_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        traced().embedding = None  # type: ignore[misc,assignment]
