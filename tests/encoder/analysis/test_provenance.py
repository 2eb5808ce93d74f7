"""Nothing that is told about a number is invented: its sources make it, and no other cell does."""

import dataclasses
from itertools import product
from math import inf, isclose, isfinite, isnan
from random import Random

import pytest
import torch
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from torch import Tensor

from encoder import (
    NO_EDITS,
    Cells,
    Edits,
    Encoder,
    EncoderConfig,
    Explanation,
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
from tests.encoder.conftest import configs, prime_config, some_mask, some_tokens

SMALL = {"vocab_size": 5, "d_model": 3, "n_heads": 2, "d_head": 2, "d_ff": 7, "prediction_head": True}


def run(config: EncoderConfig, edit: Edits = NO_EDITS, masked: bool = True, length: int = 11) -> Trace:
    return Encoder(config).double()(some_tokens(config, length), some_mask(length) if masked else None, edit)


def every_index(tensor: Tensor) -> list[tuple[int, ...]]:
    return list(product(*map(range, tensor.shape)))


def agree(evaluated: Number, value: Number, tolerance: float) -> bool:
    if not isfinite(value):
        return evaluated == value or (isnan(evaluated) and isnan(value))
    return isclose(evaluated, value, rel_tol=tolerance, abs_tol=tolerance)


@st.composite
def passes(draw: st.DrawFn) -> Trace:
    """Any small encoder's pass: any length, float32 or float64, with or without a mask and edits."""
    config = draw(configs())
    config = dataclasses.replace(config, layer_norm_epsilon=draw(st.sampled_from([1e-12, 1e-5, 0.5])))
    encoder = Encoder(config).to(draw(st.sampled_from([torch.float32, torch.float64])))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 1000)))
    for values in encoder.parameters():  # untrained biases are 0, and γ is 1: nothing would depend on them
        values.data += 0.3 * torch.randn(values.shape, generator=generator, dtype=values.dtype)
    length = draw(st.integers(1, config.max_length))
    ids = torch.randint(config.vocab_size, (2, length), generator=generator)
    mask = torch.rand(2, length, generator=generator) < 0.6
    mask[:, draw(st.integers(0, length - 1))] = True
    plain = encoder(ids, mask if draw(st.booleans()) else None)

    def patch(path: str, token: int, source_token: int) -> PatchToken:
        return PatchToken.from_trace(path, token, plain, source_token)

    def replacement(path: str) -> Replace:
        recorded = plain[path].detach()
        if not recorded.is_floating_point():
            return Replace(path, recorded.flip(1))
        noise = torch.randn(recorded.shape, generator=generator, dtype=recorded.dtype)
        is_divided_by = path.endswith(("std", "weights"))
        return Replace(path, recorded.abs() + noise.abs() if is_divided_by else noise)

    layers, heads = st.integers(0, config.n_layers - 1), st.integers(0, config.n_heads - 1)
    tokens, factors = st.integers(0, length - 1), st.sampled_from([-1.5, 0.0, 2.0])
    edit = st.one_of(
        st.builds(ScaleHead, layers, heads, factors),
        st.builds(ScaleFeedForward, layers, factors),
        st.builds(UniformHead, layers, heads),
        st.builds(RemoveEdge, layers, heads, tokens, tokens, st.booleans()),
        st.builds(patch, st.sampled_from(plain.paths), tokens, tokens),
        st.sampled_from(plain.paths).map(replacement),
    )
    edits = draw(st.lists(edit, max_size=6))
    try:
        return encoder(ids, plain.key_mask, Edits(tuple(edits)))
    except ValueError as error:  # a query's last edge was removed, or every token hidden
        if "nothing is left" not in str(error) and "hides every token" not in str(error):
            raise
        reject()


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


def test_the_products_of_a_score_are_there_as_numbers() -> None:
    trace = run(prime_config())
    attention = trace.layers[0].attention
    explanation = explain(trace, "layers.0.attention.dot_products", (0, 1, 2, 3))
    assert explanation.terms is not None
    assert explanation.term_axes == ("d_head",)
    assert torch.equal(explanation.terms, attention.query[0, 1, 2] * attention.key[0, 1, 3])


def test_what_each_head_adds_to_an_output_is_there_as_numbers() -> None:
    trace = run(prime_config())
    explanation = explain(trace, "layers.0.attention.output", (0, 4, 7))
    assert explanation.terms is not None
    assert (explanation.term_axes, explanation.terms.shape) == (("head", "d_head"), (3, 5))


def hand_made() -> Trace:
    """A pass of one sentence with numbers put in that can be followed on paper."""
    config = prime_config(n_layers=1, d_model=4, d_head=16)
    scores = torch.zeros(1, 3, 3, 3)
    scores[0, 2, 1] = torch.tensor([1.213, 2.0, 0.5])
    edits = Edits((Replace("layers.0.attention.scores", scores), ScaleHead(0, 1, 0.5)))
    encoder = Encoder(config)
    return encoder(torch.tensor([[3, 0, 7]]), torch.tensor([[True, True, False]]), edits)


def test_the_line_of_a_weight_has_its_score_and_its_value() -> None:
    assert str(explain(hand_made(), "layers.0.attention.weights", (0, 2, 1, 0))) == (
        "layers.0.attention.weights[0, head 2, query 1, key 0] = exp(1.213) / Σ exp = 0.3128"
    )


def test_the_line_of_a_masked_score_says_that_it_is_masked() -> None:
    trace = hand_made()
    assert str(explain(trace, "layers.0.attention.masked_scores", (0, 2, 1, 2))) == (
        "layers.0.attention.masked_scores[0, head 2, query 1, key 2] = −∞ (this key is masked)"
    )
    weight = explain(trace, "layers.0.attention.weights", (0, 2, 1, 2))
    assert (weight.value, weight.evaluated, weight.arithmetic) == (0.0, 0.0, "exp(−∞) / Σ exp")
    assert weight.sources[0].values.tolist()[2] == -inf


def test_a_replaced_number_says_so_and_has_no_sources() -> None:
    explanation = explain(hand_made(), "layers.0.attention.scores", (0, 2, 1, 0))
    assert str(explanation) == (
        "layers.0.attention.scores[0, head 2, query 1, key 0] = 1.213 (replaced by an edit, not computed)"
    )
    assert (explanation.is_edited, explanation.operation, explanation.sources) == (True, "replacement", ())
    assert feeds(hand_made(), "layers.0.attention.dot_products", (0, 2, 1, 0)) == ()


def test_a_scaled_head_says_so_and_its_neighbour_does_not() -> None:
    scaled, neighbour = (explain(hand_made(), "layers.0.attention.context", (0, head, 1, 2)) for head in (1, 2))
    assert scaled.arithmetic.startswith("0.5 · (")
    assert scaled.remark == "head 1 of layer 0 was scaled by 0.5 by an edit"
    assert (scaled.is_edited, scaled.operation) == (True, "weighted sum, scaled by an edit")
    assert (neighbour.is_edited, neighbour.operation, neighbour.remark) == (False, "weighted sum", "")


def test_a_removed_edge_and_what_it_left_to_others_are_told() -> None:
    config = prime_config()
    plain = run(config)
    trace = run(config, Edits((RemoveEdge(0, 1, 4, 3),)))
    path = "layers.0.attention.weights"
    removed, other, elsewhere = (explain(trace, path, index) for index in ((0, 1, 4, 3), (0, 1, 4, 5), (0, 1, 5, 3)))
    assert str(removed).endswith("query 4, key 3] = 0 (this query's edge to key 3 was removed by an edit)")
    left = 1 - plain[path][0, 1, 4, 3].item()
    assert isclose(other.value, plain[path][0, 1, 4, 5].item() / left)
    assert other.arithmetic.endswith(f" / Σ exp) / {left:.4g}")
    equation = "exp(masked_scores) / Σ_key exp(masked_scores)"
    assert other.equation == f"0 for key 3, else ({equation}) / Σ_key≠3 of the same"
    assert other.operation == "softmax, an edge removed by an edit"
    assert (removed.is_edited, other.is_edited, elsewhere.is_edited) == (True, True, False)
    kept = explain(run(config, Edits((RemoveEdge(0, 1, 4, 3, renormalize=False),))), path, (0, 1, 4, 5))
    assert kept.arithmetic == explain(plain, path, (0, 1, 4, 5)).arithmetic
    assert kept.remark == removed.remark


def test_nine_removed_edges_of_one_query_are_told_without_looking_at_every_combination() -> None:
    trace = run(prime_config(), Edits(tuple(RemoveEdge(0, 1, 4, key) for key in range(9))), masked=False)
    kept = explain(trace, "layers.0.attention.weights", (0, 1, 4, 10))
    assert isclose(kept.evaluated, kept.value, rel_tol=1e-10)
    assert 0 < kept.value < 1


def test_a_uniform_head_is_told_and_a_masked_key_stays_masked() -> None:
    trace = run(prime_config(), Edits((UniformHead(0, 1),)))
    path = "layers.0.attention.masked_scores"
    assert str(explain(trace, path, (1, 1, 4, 3))).endswith(
        "= 0 (this key may be looked at; all scores of head 1 of layer 0 were made alike by an edit)"
    )
    masked = explain(trace, path, (1, 1, 4, 10))
    assert (masked.value, masked.evaluated, masked.arithmetic) == (-inf, -inf, "−∞")
    assert masked.equation == "−∞ where (scores if key_mask else −∞) is, else 0"
    assert masked.operation == "masking, evened by an edit"
    weight = explain(trace, "layers.0.attention.weights", (1, 1, 4, 3))
    assert (weight.value, weight.arithmetic) == (1 / 8, "exp(0) / Σ exp")


def test_a_patched_token_has_no_sources_and_its_neighbours_have_theirs() -> None:
    edits = Edits((PatchToken("layers.0.attention.query", 4, torch.full((2, 3, 5), 8.0).double()),))
    trace = run(prime_config(), edits)
    patched, neighbour = (explain(trace, "layers.0.attention.query", (0, 1, token, 2)) for token in (4, 5))
    assert (patched.value, patched.sources, patched.remark) == (8.0, (), "replaced by an edit, not computed")
    assert (neighbour.is_edited, len(neighbour.sources)) == (False, 3)
    assert "layers.0.attention.query" not in [cells.path for cells in feeds(trace, "embedding.sum", (0, 4, 0))]


def test_a_key_feeds_every_query_but_the_patched_one_in_two_runs() -> None:
    edits = Edits((PatchToken("layers.0.attention.dot_products", 4, torch.zeros(2, 3, 11).double()),))
    fed = feeds(run(prime_config(), edits), "layers.0.attention.key", (0, 1, 6, 2))
    assert [str(cells) for cells in fed] == [
        "layers.0.attention.dot_products[0, head 1, query 0:4, key 6]",
        "layers.0.attention.dot_products[0, head 1, query 5:11, key 6]",
    ]


def test_edits_at_one_place_are_told_in_their_order() -> None:
    config = prime_config()
    given = torch.full((2, 3, 11, 5), 8.0, dtype=torch.float64)
    path, index = "layers.0.attention.context", (0, 1, 2, 3)
    scaled_last = explain(run(config, Edits((Replace(path, given), ScaleHead(0, 1, 0.5)))), path, index)
    assert (scaled_last.value, scaled_last.arithmetic) == (4.0, "0.5 · (8)")
    replaced_last = explain(run(config, Edits((ScaleHead(0, 1, 0.5), Replace(path, given)))), path, index)
    assert (replaced_last.value, replaced_last.arithmetic) == (8.0, "8")


def test_the_inputs_are_given() -> None:
    explanation = explain(hand_made(), "token_ids", (0, 2))
    assert (explanation.operation, explanation.value, explanation.sources) == ("given", 7, ())
    assert str(explanation) == "token_ids[0, token 2] = 7 (given)"
    assert str(explain(hand_made(), "key_mask", (0, 2))) == "key_mask[0, token 2] = False (given)"


def test_a_word_leads_to_its_row_of_the_table() -> None:
    token_id, row = explain(hand_made(), "embedding.token", (0, 2, 3)).sources
    assert str(token_id) == "token_ids[0, token 2]"
    assert (row.path, row.index, row.is_parameter) == ("embedding.token_table", (7, 3), True)


def test_a_sentence_of_one_token_gives_itself_all_attention() -> None:
    trace = Encoder(prime_config())(torch.tensor([[3]]))
    weight = explain(trace, "layers.0.attention.weights", (0, 0, 0, 0))
    assert weight.value == weight.evaluated == 1.0


def equations(trace: Trace, part: str) -> list[tuple[str, str]]:
    def told(path: str) -> Explanation:
        return explain(trace, path, (0,) * trace[path].ndim)

    return [(told(path).operation, told(path).equation) for path in trace.paths if path.startswith(part)]


def test_the_equations_of_a_layer_are_this_list() -> None:
    assert equations(run(prime_config(activation="relu")), "layers.1.") == [
        ("projection", "x·W_Q + b_Q"),
        ("projection", "x·W_K + b_K"),
        ("projection", "x·W_V + b_V"),
        ("dot product", "query·key"),
        ("scaling", "dot_products / √d_head"),
        ("masking", "scores if key_mask else −∞"),
        ("softmax", "exp(masked_scores) / Σ_key exp(masked_scores)"),
        ("weighted sum", "Σ_key weights · value"),
        ("projection", "context·W_O + b_O"),
        ("sum", "x + attention.output"),
        ("mean", "Σ x / d_model"),
        ("standard deviation", "√(Σ (x − mean)² / d_model + ε)"),
        ("standardization", "(x − mean) / std"),
        ("scale and shift", "gamma · normalized + beta"),
        ("projection", "x·W_1 + b_1"),
        ("ReLU", "max(0, pre_activation)"),
        ("projection", "activation·W_2 + b_2"),
        ("sum", "x + feed_forward.output"),
        ("mean", "Σ x / d_model"),
        ("standard deviation", "√(Σ (x − mean)² / d_model + ε)"),
        ("standardization", "(x − mean) / std"),
        ("scale and shift", "gamma · normalized + beta"),
    ]


def test_what_a_pass_has_not_is_no_source() -> None:
    trace = run(prime_config(positions="none"), masked=False)
    assert equations(trace, "embedding.sum") == [("sum", "token")]
    masking = explain(trace, "layers.0.attention.masked_scores", (0, 0, 0, 0))
    assert (masking.equation, masking.remark, len(masking.sources)) == ("scores", "nothing is masked", 1)


def test_an_explanation_of_inference_tensors_works_too() -> None:
    with torch.inference_mode():
        trace = run(prime_config())
    assert explain(trace, "layers.0.attention.weights", (0, 0, 0, 0)).value > 0
    assert len(feeds(trace, "embedding.sum", (0, 0, 0))) == len(describe("embedding.sum").axes) + 1


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
        ("token_ids", (0, "1"), "'token_ids' has no token '1'; give a whole number from 0 to 10"),
    ],
)
def test_a_question_about_no_cell_is_refused_with_the_cells_that_there_are(
    question: object, path: str, index: tuple[int, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        question(run(prime_config()), path, index)  # type: ignore[operator]
