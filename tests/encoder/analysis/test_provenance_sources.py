"""Nothing that is told about a number is invented: its sources make it, and no other cell does."""

from itertools import product
from math import isclose, isfinite, isnan
from random import Random

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from encoder import (
    Cells,
    Edits,
    Encoder,
    PatchToken,
    RemoveEdge,
    Replace,
    ScaleFeedForward,
    ScaleHead,
    Trace,
    UniformHead,
    describe,
    explain,
    feeds,
)
from encoder.analysis.provenance import Number
from tests.encoder.analysis.edited_passes import passes
from tests.encoder.conftest import prime_config, run, some_tokens

SMALL = {"vocab_size": 5, "d_model": 3, "n_heads": 2, "d_head": 2, "d_ff": 7, "prediction_head": True}


def every_index(tensor: Tensor) -> list[tuple[int, ...]]:
    return list(product(*map(range, tensor.shape)))


def agree(evaluated: Number, value: Number, tolerance: float) -> bool:
    if not isfinite(value):
        return evaluated == value or (isnan(evaluated) and isnan(value))
    return isclose(evaluated, value, rel_tol=tolerance, abs_tol=tolerance)


@settings(max_examples=25, deadline=None)
@given(passes(), st.integers(0, 1000))
def test_the_sources_of_any_cell_make_its_recorded_value(trace: Trace, seed: int) -> None:
    random = Random(seed)
    tolerance = 1e-10 if trace.output.dtype == torch.float64 else 1e-5
    for path, tensor in trace.items():
        for _ in range(5):
            index = tuple(random.randrange(size) for size in tensor.shape)
            explanation = explain(trace, path, index)
            assert agree(explanation.value, tensor[index].item(), 0.0)
            assert agree(explanation.evaluated, explanation.value, tolerance), str(explanation)


@pytest.mark.parametrize("positions", ["sinusoidal", "learned", "none"])
def test_every_cell_of_every_path_follows_from_its_sources(norm: str, positions: str) -> None:
    config = prime_config(**SMALL, norm=norm, positions=positions, embedding_norm=True)
    given = torch.randn(2, 5, 7, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    edits = Edits(
        (
            ScaleHead(0, 1, 0.5),
            Replace("layers.1.feed_forward.activation", given),
            UniformHead(1, 0),
            RemoveEdge(0, 1, 3, 2, renormalize=False),
            RemoveEdge(0, 1, 3, 1),
            RemoveEdge(1, 0, 4, 0),
            ScaleFeedForward(0, -2.0),
            PatchToken("layers.0.feed_forward.activation", 2, given[:, 4]),
        )
    )
    trace = run(config, edits, length=5)
    for path, tensor in trace.items():
        for index in every_index(tensor):
            explanation = explain(trace, path, index)
            assert agree(explanation.evaluated, explanation.value, 1e-10), str(explanation)


def test_the_sources_named_are_the_cells_that_the_encoder_reads(norm: str) -> None:
    """The encoder's own gradients are the oracle.

    Every other tensor of the pass is replaced by noise that nothing comes before: a number then depends only on what it
    is directly made from, and exactly there its gradient is not 0.
    """
    config = prime_config(norm=norm, positions="learned", embedding_norm=True, prediction_head=True)
    encoder = Encoder(config).double()
    plain = encoder(some_tokens(config))
    generator = torch.Generator().manual_seed(0)
    leaves = {
        path: torch.rand(tensor.shape, generator=generator, dtype=torch.float64).requires_grad_()
        for path, tensor in plain.items()
        if tensor.is_floating_point()
    }
    parameters = dict(encoder.named_parameters())
    for path in leaves:
        others = Edits(tuple(Replace(other, leaf) for other, leaf in leaves.items() if other != path))
        index = tuple(size - 1 for size in leaves[path].shape)
        cell = encoder(some_tokens(config), edit=others)[path][index]
        read = {**{other: leaf for other, leaf in leaves.items() if other != path}, **parameters}
        gradients = dict(zip(read, torch.autograd.grad(cell, list(read.values()), allow_unused=True), strict=True))
        sources = {source.path: source for source in explain(plain, path, index).sources if source.path in read}
        assert {name for name, gradient in gradients.items() if gradient is not None} == set(sources), path
        for name, source in sources.items():
            expected = torch.zeros_like(read[name], dtype=torch.bool)
            expected[source.index] = True
            assert torch.equal(gradients[name] != 0, expected), (path, name)


def cells_of(trace: Trace, cells: Cells) -> set[tuple[str, int]]:
    tensor = trace[cells.path]
    numbered = torch.arange(tensor.numel()).view(tensor.shape)
    return {(cells.path, int(number)) for number in numbered[cells.index].flatten()}


def test_a_cell_feeds_exactly_the_cells_that_name_it_as_a_source(norm: str) -> None:
    config = prime_config(**SMALL, norm=norm, embedding_norm=True)
    edits = Edits(
        (
            ScaleHead(0, 1, 0.5),
            Replace("layers.1.attention.output", torch.ones(2, 4, 3).double()),
            UniformHead(1, 0),
            RemoveEdge(0, 1, 3, 2),
            RemoveEdge(0, 0, 1, 0, renormalize=False),
            ScaleFeedForward(0, 0.0),
            PatchToken("layers.0.attention.weights", 2, torch.ones(2, 2, 4).double()),
            PatchToken("layers.0.attention.query", 0, torch.ones(2, 2, 2).double()),
            PatchToken("layers.0.attention_residual", 3, torch.ones(2, 3).double()),
        )
    )
    trace = run(config, edits, length=4)
    backwards, forwards = set(), set()
    for path, tensor in trace.items():
        for number, index in enumerate(every_index(tensor)):
            for source in explain(trace, path, index).sources:
                if not source.is_parameter:
                    backwards |= {(cell, (path, number)) for cell in cells_of(trace, source)}
            for fed in feeds(trace, path, index):
                forwards |= {((path, number), cell) for cell in cells_of(trace, fed)}
    assert forwards == backwards


def test_every_number_leads_back_to_the_tokens(norm: str) -> None:
    trace = run(prime_config(norm=norm, prediction_head=True))
    path, index = "prediction.logits", tuple[int, ...]((1, 10, 30))
    while explanation_sources := [cells for cells in explain(trace, path, index).sources if not cells.is_parameter]:
        source = explanation_sources[0]
        path, index = source.path, tuple(0 if isinstance(at, slice) else at for at in source.index)
    assert path == "token_ids"


def test_a_source_carries_its_numbers(norm: str) -> None:
    trace = run(prime_config(norm=norm))
    query, key = explain(trace, "layers.1.attention.dot_products", (1, 2, 3, 5)).sources
    assert torch.equal(query.values, trace.layers[1].attention.query[1, 2, 3])
    assert torch.equal(key.values, trace.layers[1].attention.key[1, 2, 5])
    assert (query.name, str(key)) == ("query", "layers.1.attention.key[1, head 2, token 5, :]")


def test_a_key_feeds_every_query_but_the_patched_one_in_two_runs() -> None:
    edits = Edits((PatchToken("layers.0.attention.dot_products", 4, torch.zeros(2, 3, 11).double()),))
    fed = feeds(run(prime_config(), edits), "layers.0.attention.key", (0, 1, 6, 2))
    assert [str(cells) for cells in fed] == [
        "layers.0.attention.dot_products[0, head 1, query 0:4, key 6]",
        "layers.0.attention.dot_products[0, head 1, query 5:11, key 6]",
    ]


def test_an_explanation_of_inference_tensors_works_too() -> None:
    with torch.inference_mode():
        trace = run(prime_config())
    assert explain(trace, "layers.0.attention.weights", (0, 0, 0, 0)).value > 0
    assert len(feeds(trace, "embedding.sum", (0, 0, 0))) == len(describe("embedding.sum").axes) + 1


def test_an_index_may_come_from_numpy_or_torch() -> None:
    trace = run(prime_config())
    found = explain(trace, "embedding.sum", (np.int64(1), torch.tensor(3), 5))  # type: ignore[arg-type]
    assert found.index == (1, 3, 5)
    assert {type(at) for at in found.index} == {int}


@pytest.mark.parametrize("question", [explain, feeds])
@pytest.mark.parametrize(
    ("path", "index", "message"),
    [
        ("layers.0.attention.weight", (0, 0, 0, 0), r"nearest one is 'layers\.0\.attention\.weights'"),
        ("layers.2.attention.weights", (0, 0, 0, 0), "is no path of this trace"),
        ("embedding.token_table", (0, 0), "is no path of this trace"),
        ("token_ids", (0, 0, 0), r"index of 'token_ids' is \(0, 0, 0\); it must have 2 numbers: batch, token"),
        ("token_ids", (), r"index of 'token_ids' is \(\); it must have 2 numbers: batch, token"),
        ("token_ids", (2, 0), "'token_ids' has no batch 2; give a whole number from 0 to 1"),
        ("token_ids", (0, -1), "'token_ids' has no token -1; give a whole number from 0 to 10"),
        ("layers.0.attention.query", (0, 3, 0, 0), "has no head 3; give a whole number from 0 to 2"),
        ("token_ids", (0, 1.0), r"'token_ids' has no token 1\.0; give a whole number from 0 to 10"),
        ("token_ids", (0, True), "'token_ids' has no token True; give a whole number from 0 to 10"),
        ("token_ids", (np.float64(0), 1), r"'token_ids' has no batch 0\.0; give a whole number from 0 to 1"),
        ("token_ids", (0, "1"), "'token_ids' has no token '1'; give a whole number from 0 to 10"),
    ],
)
def test_a_question_about_no_cell_is_refused_with_the_cells_that_there_are(
    question: object, path: str, index: tuple[int, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        question(run(prime_config()), path, index)  # type: ignore[operator]
