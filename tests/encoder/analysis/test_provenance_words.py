"""What is told about a number: its line, its terms and its equation, and the edits made at its place."""

from math import inf, isclose

import torch

from encoder import (
    Edits,
    Encoder,
    Explanation,
    PatchToken,
    RemoveEdge,
    Replace,
    ScaleHead,
    Trace,
    UniformHead,
    explain,
    feeds,
)
from tests.encoder.conftest import prime_config, run


def test_the_products_of_a_score_are_there_as_numbers() -> None:
    trace = run(prime_config())
    attention = trace.layers[0].attention
    explanation = explain(trace, "layers.0.attention.dot_products", (0, 1, 2, 3))
    assert explanation.terms is not None
    assert torch.equal(explanation.terms, attention.query[0, 1, 2] * attention.key[0, 1, 3])


def test_what_each_head_adds_to_an_output_is_there_as_numbers() -> None:
    trace = run(prime_config())
    explanation = explain(trace, "layers.0.attention.output", (0, 4, 7))
    assert explanation.terms is not None
    assert explanation.terms.shape == (trace.config.n_heads, trace.config.d_head)


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
        "layers.0.attention.weights[0, head 2, query 1, key 0] = exp(1.213 − max 2) / 1.455 = 0.3128"
    )


def test_the_line_of_a_masked_score_says_that_it_is_masked() -> None:
    trace = hand_made()
    assert str(explain(trace, "layers.0.attention.masked_scores", (0, 2, 1, 2))) == (
        "layers.0.attention.masked_scores[0, head 2, query 1, key 2] = −∞ (this key is masked)"
    )
    weight = explain(trace, "layers.0.attention.weights", (0, 2, 1, 2))
    assert (weight.value, weight.evaluated, weight.arithmetic) == (0.0, 0.0, "exp(−∞ − max 2) / 1.455")
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
    assert other.arithmetic == f"({explain(plain, path, (0, 1, 4, 5)).arithmetic}) / {left:.4g}"
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
    assert (weight.value, weight.arithmetic) == (1 / 8, "exp(0 − max 0) / 8")


def test_a_patched_token_has_no_sources_and_its_neighbours_have_theirs() -> None:
    edits = Edits((PatchToken("layers.0.attention.query", 4, torch.full((2, 3, 5), 8.0).double()),))
    trace = run(prime_config(), edits)
    patched, neighbour = (explain(trace, "layers.0.attention.query", (0, 1, token, 2)) for token in (4, 5))
    assert (patched.value, patched.sources, patched.remark) == (8.0, (), "replaced by an edit, not computed")
    assert (neighbour.is_edited, len(neighbour.sources)) == (False, 3)
    assert "layers.0.attention.query" not in [cells.path for cells in feeds(trace, "embedding.sum", (0, 4, 0))]


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
