"""The Position page: every number on it is the encoder's, and it claims only what holds for the kind of positions."""

import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from encoder import load
from encoder.analysis import gram_matrix, offset_profile, permutation_gap, positions_off, wavelengths
from encoder.learning.nested import new_encoder
from encoder.weights.nested import NestedEncoder
from pages.charts.limits import number
from pages.frame.position_lessons import POSITION_LESSONS
from pages.frame.shuffle import shuffled_places
from pages.frame.weights_source import NESTED_FOLDER
from tests.pages.charts_on_screen import chart, charts, numbers, trace_of
from tests.pages.visit import drawn_as_markdown, move, visit

HOSTILE = '<b>the</b> the <a href="https://example.com">the</a> $x$ :red[y] ![z](w) #000001'
ALL_CHARTS = {"numbers", "curves", "gram", "offsets", "lengths"}


def on_page(app: AppTest) -> str:
    return drawn_as_markdown(app)


@pytest.mark.parametrize("positions", ["sinusoidal", "learned"])
def test_the_heatmap_shows_the_encoding_of_the_trace(positions: str) -> None:
    app = visit("position", positions=positions, d_model="32")
    assert not app.exception
    assert charts(app) == ALL_CHARTS
    np.testing.assert_array_equal(numbers(chart(app, "numbers")["data"][0]["z"]), trace_of(app)["embedding.position"])
    assert POSITION_LESSONS[positions].notice in on_page(app)


def test_the_heatmap_can_show_the_token_and_the_sum() -> None:
    app = visit("position", d_model="32")
    for name, path in (("token E[t]", "embedding.token"), ("sum x₀", "embedding.sum")):
        app.segmented_control(key="numbers_of").set_value(name).run()
        assert not app.exception
        shown = numbers(chart(app, "numbers")["data"][0]["z"])
        np.testing.assert_array_equal(shown, trace_of(app)[path][0])


def test_curves_are_columns_of_the_encoding_with_their_wavelengths() -> None:
    app = visit("position", d_model="32")
    app.pills(key="of_32").set_value([3, 30]).run()
    shown = chart(app, "curves")
    for curve, dimension in zip(shown["data"], (3, 30), strict=True):
        expected = trace_of(app)["embedding.position"][:, dimension]
        np.testing.assert_array_equal(numbers(curve["customdata"]), expected)
    lengths = [number(float(wavelengths(32)[dimension // 2])) for dimension in (3, 30)]
    assert shown["layout"]["yaxis"]["ticktext"] == [
        f"dimension 3<br>λ = {lengths[0]} tokens",
        f"dimension 30<br>λ = {lengths[1]} tokens",
    ]


def test_curves_go_on_behind_the_sentence_when_asked() -> None:
    app = visit("position", d_model="32")
    app.toggle(key="all_positions").set_value(True).run()
    assert len(numbers(chart(app, "curves")["data"][0]["customdata"])) == 128


def test_no_dimension_chosen_says_what_to_do() -> None:
    app = visit("position")
    app.pills(key="of_64").set_value([]).run()
    assert not app.exception
    assert "Choose at least one dimension." in on_page(app)
    assert "curves" not in charts(app)


def test_learned_positions_have_no_wavelengths() -> None:
    app = visit("position", positions="learned", d_model="32")
    labels = chart(app, "curves")["layout"]["yaxis"]["ticktext"]
    assert labels[0] == "dimension 0"
    assert "λ" not in "".join(labels)
    assert "turn once" not in chart(app, "curves")["alt"]


def test_the_map_of_likeness_is_the_gram_matrix() -> None:
    app = visit("position", positions="learned", d_model="32")
    products = gram_matrix(trace_of(app)["embedding.position"])
    np.testing.assert_allclose(numbers(chart(app, "gram")["data"][0]["z"]), products, atol=1e-5)
    assert f"{number(float(products.diagonal().mean()))} at offset 0" in chart(app, "offsets")["alt"]


def test_norms_of_token_and_position_stand_side_by_side() -> None:
    app = visit("position", d_model="32")
    token, position = chart(app, "lengths")["data"]
    trace = trace_of(app)
    np.testing.assert_allclose(numbers(token["x"]), trace["embedding.token"][0].norm(dim=-1), rtol=1e-6)
    np.testing.assert_allclose(numbers(position["x"]), np.full(len(numbers(position["x"])), 4.0), rtol=1e-6)


@pytest.mark.parametrize("positions", ["sinusoidal", "learned"])
def test_the_badge_is_the_gap_computed_now(positions: str) -> None:
    app = visit("position", positions=positions, layers="2", d_model="32")
    for seed in (0, 1):
        trace = trace_of(app)
        n_tokens = trace.token_ids.shape[1]
        places = shuffled_places(n_tokens, seed)
        gaps = [
            permutation_gap(trace.encoder, trace.token_ids, places),  # type: ignore[arg-type]
            permutation_gap(trace.encoder, trace.token_ids, places, edit=positions_off(trace.encoder, n_tokens)),  # type: ignore[arg-type]
        ]
        assert [metric.value for metric in app.metric] == [number(gap) for gap in gaps]
        assert gaps[0] > 0.1
        assert gaps[1] < 1e-4
        app.button[0].click().run()


def test_without_positions_the_page_says_what_that_means() -> None:
    app = visit("position", positions="none", d_model="32")
    assert not app.exception
    assert charts(app) == {"numbers", "lengths"}
    assert "Positions are switched off" in on_page(app)
    (badge,) = app.metric
    assert badge.label.endswith("positions off")
    assert re.search("10⁻[⁵⁶⁷⁸⁹]$|^0$", badge.value)


def test_one_word_alone_is_not_shuffled() -> None:
    app = visit("position", sentence="cat", d_model="32")
    assert not app.exception
    assert not app.metric
    assert "One word alone has no other order." in on_page(app)


@pytest.mark.parametrize(
    ("name", "value"), [("layers", 1), ("heads", 7), ("d_model", 48), ("seed", 5), ("norm", "pre")]
)
def test_every_control_of_the_frame_moves_the_page(name: str, value: object) -> None:
    app = move(visit("position", positions="learned", d_model="32"), name, value)
    np.testing.assert_array_equal(numbers(chart(app, "numbers")["data"][0]["z"]), trace_of(app)["embedding.position"])


def test_hostile_words_are_labels_and_nothing_else() -> None:
    app = visit("position", sentence=HOSTILE, d_model="32")
    assert not app.exception
    for key in ALL_CHARTS:
        drawn = str(chart(app, key) | {"alt": ""}).replace("<br>", "").replace("<extra></extra>", "")
        assert "<" not in drawn, key
    rows = chart(app, "numbers")["layout"]["yaxis"]
    assert len(set(rows["ticktext"])) == len(rows["ticktext"])
    assert sum(label.endswith("· the") for label in rows["ticktext"]) == 3
    assert "&lt;" in "".join(rows["ticktext"])
    assert "example" not in on_page(app)


@pytest.mark.skipif(not NESTED_FOLDER.joinpath("encoder.safetensors").exists(), reason="needs trained weights")
def test_the_shipped_weights_make_neighbours_as_alike_as_the_lesson_says() -> None:
    shipped = NestedEncoder(load(NESTED_FOLDER / "encoder.safetensors"))
    positions = shipped.at(n_layers=3, n_heads=4, d_model=64)(torch.arange(5, 5 + 13)[None])[
        "embedding.position"
    ].detach()
    at_0, at_1, at_2 = (f"{mean:.1f}" for mean in offset_profile(gram_matrix(positions)).mean[:3])
    assert (
        f"over 13 tokens, the mean of P(p)·P(q) is {at_0} at offset 0, {at_1} at offset 1, and {at_2} at offset 2."
        in POSITION_LESSONS["learned"].notice
    )


@pytest.mark.skipif(not NESTED_FOLDER.joinpath("encoder.safetensors").exists(), reason="needs trained weights")
def test_positions_beyond_the_longest_caption_are_nearly_as_they_began_but_shorter() -> None:
    trained = load(NESTED_FOLDER / "encoder.safetensors")
    began = new_encoder(replace(trained.config, seed=0)).embedding.position_table.detach()
    tables = trained.embedding.position_table.detach(), began
    direction = torch.cosine_similarity(*tables, dim=1)
    assert direction[91:].min() > 0.98
    assert direction[:91].max() < 0.5
    kept = (tables[0] / began)[91:].median(dim=0).values
    assert kept.max() - kept.min() > 0.1
    assert (tables[0].norm(dim=1) / began.norm(dim=1))[91:].max() < 0.9
