"""Each operation, on numbers that can be worked out by hand."""

from math import e, inf, sqrt

import pytest
import torch
from torch import Tensor

from encoder import EncoderConfig
from encoder.operations import (
    Addition,
    Cell,
    DotProduct,
    EdgeRemoved,
    Evened,
    Gelu,
    Given,
    LookUp,
    Masking,
    Mean,
    Mixture,
    Operation,
    Projection,
    Relu,
    Replaced,
    ScaleAndShift,
    Scaled,
    Scaling,
    Sinusoid,
    Softmax,
    Source,
    Spread,
    Standardization,
)
from encoder.operations.notation import number, place, sum_of_products, tidy

CONFIG = EncoderConfig(vocab_size=11, d_model=4, n_heads=2, n_layers=1, d_head=3, layer_norm_epsilon=0.75)
PLACES = {"batch": 0, "head": 1, "query": 2, "key": 1}
SIZES = {"batch": 1, "head": 2, "query": 3, "key": 3}


def values(**sources: object) -> dict[str, Tensor]:
    return {field: torch.tensor(given, dtype=torch.float64) for field, given in sources.items()}


def cell(recorded: float = 0.0, **places: int) -> Cell:
    return Cell("some.path", places or PLACES, SIZES, torch.tensor(recorded, dtype=torch.float64), CONFIG)


ADDITION = Addition("x[batch]", "update[batch]")
DOT_PRODUCT = DotProduct("query[batch, :]", "key[batch, :]")
MASKING = Masking("scores[batch]", "key_mask[batch]")
MIXTURE = Mixture("weights[batch, :]", "value[batch, :]")
POSITION = LookUp(table="position_table[query, key]")
PROJECTION = Projection("x[batch, :]", "W_Q[:, (head d_head)]", "b_Q[(head d_head)]")
SOFTMAX = Softmax("scores[:]")
TWO_REMOVED = EdgeRemoved(EdgeRemoved(SOFTMAX, 2, False), 0, True)
SPREAD = Spread("x[:]", "mean[batch]")
STANDARDIZATION = Standardization("x[batch]", "mean[batch]", "std[batch]")
TOKEN = LookUp(row="token_ids[batch]", table="token_table[row, key]")

WORKED: list[tuple[Operation, dict[str, object], float, str]] = [
    (ADDITION, {"x": 2, "update": -0.5}, 1.5, "2 − 0.5"),
    (Addition("x[batch]", None), {"x": 2}, 2, "2"),
    (DOT_PRODUCT, {"query": [1, 2, 3, 4], "key": [-1, 0, 1, 2]}, 10, "1·(−1) + 2·0 + 3·1 + …"),
    (MIXTURE, {"weights": [0.25, 0.75], "value": [4, 8]}, 7, "0.25·4 + 0.75·8"),
    (PROJECTION, {"x": [1, 2], "W": [0.5, -1], "b": -0.25}, -1.75, "1·0.5 + 2·(−1) − 0.25"),
    (Scaling("dot_products[batch]"), {"dot_products": 6}, 6 / sqrt(3), "6 / √3"),
    (MASKING, {"scores": 3, "key_mask": 1}, 3, "3"),
    (MASKING, {"scores": 3, "key_mask": 0}, -inf, "−∞"),
    (Softmax("scores[:]"), {"scores": [0, 1, -inf]}, e / (1 + e), "exp(1 − max 1) / 1.368"),
    (Softmax("scores[:]"), {"scores": [999, 1000]}, e / (1 + e), "exp(1000 − max 1000) / 1.368"),
    (Softmax("scores[:]"), {"scores": [-inf, -inf]}, float("nan"), "exp(−∞ − max −∞) / NaN"),
    (Mean("x[:]"), {"x": [1, 2, 3, 6]}, 3, "12 / 4"),
    (SPREAD, {"x": [1, 3, 3, 5], "mean": 3}, sqrt(2.75), "√(8 / 4 + 0.75)"),
    (SPREAD, {"x": [5, 5, 5, 5], "mean": 5}, sqrt(0.75), "√(0 / 4 + 0.75)"),
    (STANDARDIZATION, {"x": 3, "mean": -1, "std": 2}, 2, "(3 + 1) / 2"),
    (ScaleAndShift("gamma[:]", "n[:]", "beta[:]"), {"gamma": 2, "normalized": -3, "beta": 1}, -5, "2 · (−3) + 1"),
    (Relu("x[batch]"), {"x": -2}, 0, "max(0, −2)"),
    (Relu("x[batch]"), {"x": 2}, 2, "max(0, 2)"),
    (Gelu("x[batch]"), {"x": 1}, 0.8413447460685429, "1 · Φ(1) = 1 · 0.8413"),
    (TOKEN, {"row": 7, "table": 0.5}, 0.5, "token_table[7, 1]"),
    (POSITION, {"table": 0.5}, 0.5, "position_table[2, 1]"),
    (Scaled(MIXTURE, 0.5, "head 1"), {"weights": [1], "value": [-4]}, -2, "0.5 · (1·(−4))"),
    (Scaled(ADDITION, -2.0, "head 1"), {"x": 2, "update": 1}, -6, "−2 · (2 + 1)"),
    (Evened(MASKING, "head 1"), {"scores": 3, "key_mask": 1}, 0, "0"),
    (Evened(MASKING, "head 1"), {"scores": 3, "key_mask": 0}, -inf, "−∞"),
    (EdgeRemoved(SOFTMAX, 1, True), {"scores": [0, 1, 2]}, 0, "0"),
    (EdgeRemoved(SOFTMAX, 2, True), {"scores": [0, 1, 2]}, e / (1 + e), "(exp(1 − max 2) / 1.503) / 0.3348"),
    (EdgeRemoved(SOFTMAX, 2, False), {"scores": [0, 1, 2]}, e / (1 + e + e**2), "exp(1 − max 2) / 1.503"),
    (TWO_REMOVED, {"scores": [0, 0, 1]}, 1, "(exp(0 − max 1) / 1.736) / 0.2119"),
]


@pytest.mark.parametrize(("operation", "sources", "expected", "arithmetic"), WORKED)
def test_an_operation_gives_the_number_worked_out_by_hand(
    operation: Operation, sources: dict[str, object], expected: float, arithmetic: str
) -> None:
    assert operation.evaluate(cell(), values(**sources)).item() == pytest.approx(expected, abs=1e-12, nan_ok=True)
    assert tidy(operation.arithmetic(cell(), values(**sources))) == arithmetic


@pytest.mark.parametrize(
    ("dimension", "expected", "arithmetic"),
    [
        (0, 0.1411200080598672, "sin(3 / 10000^(0/4))"),
        (1, -0.9899924966004454, "cos(3 / 10000^(0/4))"),
        (2, 0.0299955002024957, "sin(3 / 10000^(2/4))"),
    ],
)
def test_a_sinusoid_follows_from_its_place(dimension: int, expected: float, arithmetic: str) -> None:
    place = cell(token=3, d_model=dimension)
    assert Sinusoid().evaluate(place, {}).item() == pytest.approx(expected, abs=1e-15)
    assert Sinusoid().arithmetic(place, {}) == arithmetic


def test_what_is_given_is_what_was_recorded() -> None:
    assert Given().evaluate(cell(17.0), {}).item() == 17
    assert (Given().arithmetic(cell(17.0), {}), Given().remark({})) == ("17", "given")


def test_a_replacement_reads_its_own_tensor_and_no_source() -> None:
    replaced = Replaced(torch.arange(24.0).view(1, 2, 3, 4))
    assert replaced.sources == {}
    assert (replaced.evaluate(cell(), {}).item(), replaced.arithmetic(cell(), {})) == (21, "21")
    assert replaced.remark({}) == "replaced by an edit, not computed"


def test_the_terms_are_what_is_added_up() -> None:
    scores = values(scores=[0.0, 1.0, -inf])
    assert DOT_PRODUCT.terms(values(query=[1, 2], key=[3, -1])).tolist() == [3, -2]
    assert Softmax("s[:]").terms(scores).tolist() == pytest.approx([1 / e, 1, 0])
    assert Mean("x[:]").terms(values(x=[1, 2])).tolist() == [1, 2]
    assert SPREAD.terms(values(x=[1, 3], mean=2)).tolist() == [1, 1]
    assert Scaled(DOT_PRODUCT, 2.0, "head 0").terms(values(query=[1], key=[3])).tolist() == [6]  # type: ignore[union-attr]
    assert Scaled(ADDITION, 2.0, "head 0").terms(values(x=1, update=2)) is None


def test_heads_side_by_side_meet_the_rows_of_w_o_in_their_order() -> None:
    output = Projection("context[batch, :, token, :]", "W_O[:, d_model]", "b_O[d_model]")
    assert output.terms(values(x=[[1, 2], [3, 4]], W=[1, 10, 100, 1000])).tolist() == [[1, 20], [300, 4000]]


@pytest.mark.parametrize(
    ("operation", "equation"),
    [
        (DOT_PRODUCT, "query·key"),
        (PROJECTION, "x·W_Q + b_Q"),
        (Addition("token[batch]", None), "token"),
        (Masking("scores[batch]", None), "scores"),
        (MASKING, "scores if key_mask else −∞"),
        (TOKEN, "token_table[token_ids, key]"),
        (POSITION, "position_table[query, key]"),
        (Scaled(MIXTURE, 0.5, "head 1"), "0.5 · (Σ_key weights · value)"),
        (Evened(MASKING, "head 1"), "−∞ where (scores if key_mask else −∞) is, else 0"),
        (EdgeRemoved(SOFTMAX, 2, False), "0 for key 2, else (exp(scores) / Σ_key exp(scores))"),
    ],
)
def test_an_equation_has_the_names_of_the_sources(operation: Operation, equation: str) -> None:
    assert operation.equation == equation


def test_masking_says_why_a_score_stands_or_falls() -> None:
    assert MASKING.remark(values(scores=3, key_mask=1)) == "this key may be looked at"
    assert MASKING.remark(values(scores=3, key_mask=0)) == "this key is masked"
    assert Masking("scores[batch]", None).remark(values(scores=3)) == "nothing is masked"


def test_a_scaled_operation_keeps_its_sources_and_says_by_what() -> None:
    scaled = Scaled(MASKING, 0.5, "head 1 of layer 0")
    assert scaled.sources == MASKING.sources
    assert scaled.name == "masking, scaled by an edit"
    assert scaled.remark(values(scores=3, key_mask=0)) == (
        "this key is masked; head 1 of layer 0 was scaled by 0.5 by an edit"
    )


def test_a_source_says_where_to_look_for_each_cell() -> None:
    places = {"batch": 1, "head": 1, "token": 2, "d_head": 2, "row": 9}
    assert Source.read("x[batch, token, :]").at(places, CONFIG) == (1, 2, slice(None))
    assert Source.read("W_Q[:, (head d_head)]").at(places, CONFIG) == (slice(None), 5)
    assert Source.read("token_table[row, token]").at(places, CONFIG) == (9, 2)


def test_a_source_says_which_cells_look_at_it() -> None:
    key = Source.read("key[batch, head, key, :]")
    assert key.fed_from((0, 1, 2, 3), ("batch", "head", "query", "key")) == (0, 1, slice(None), 2)


def test_numbers_and_places_are_written_to_be_read() -> None:
    assert [number(value) for value in (-0.0, 1.23456, -inf, inf, float("nan"), 12, True, -3)] == (
        ["0", "1.235", "−∞", "∞", "NaN", "12", "True", "−3"]
    )
    assert tidy("−1 + −2 − −3 · −4") == "−1 − 2 + 3 · (−4)"
    assert place("W_Q", (slice(None), 3)) == "W_Q[:, 3]"
    assert place("query", (0, 2, 5, 7), ("batch", "head", "token", "d_head")) == "query[0, head 2, token 5, d_head 7]"
    assert sum_of_products(torch.tensor([-1.0]), torch.tensor([2.0])) == "(−1)·2"
