"""The Tokens page: every id, vector, cosine and length on it is the tokenizer's and the encoder's."""

import numpy as np
import pytest

from encoder.analysis import residual_sites
from encoder.analysis.similarity import cosine_similarities
from encoder.tokenizer import Tokenizer
from pages.frame.tokens_lessons import TOKENS_LESSONS
from tests.pages.charts_on_screen import chart, charts, numbers, trace_of
from tests.pages.visit import drawn_as_markdown, move, visit

HOSTILE = '<b>the</b> the <a href="https://example.com">the</a> $x$ :red[y] ![z](w) #000001'
SMALL = {"layers": "2", "d_model": "32"}


def test_ids_vectors_and_lengths_are_those_of_the_pass() -> None:
    app = visit("tokens", **SMALL)
    assert charts(app) == {"embeddings", "similarity", "lengths"}
    trace = trace_of(app)
    table = app.dataframe[0].value
    assert list(table["id"]) == trace.token_ids[0].tolist()
    assert list(table["token"]) == list(Tokenizer.load().encode(app.session_state["sentence"]).pieces)
    np.testing.assert_array_equal(numbers(chart(app, "embeddings")["data"][0]["z"]), trace["embedding.token"][0])
    token, position = chart(app, "lengths")["data"]
    np.testing.assert_allclose(numbers(token["x"]), trace["embedding.token"][0].norm(dim=-1), rtol=1e-6)
    np.testing.assert_allclose(numbers(position["x"]), trace["embedding.position"].norm(dim=-1), rtol=1e-6)


def test_the_three_kinds_of_vectors_can_be_compared_and_equal_pieces_have_equal_rows() -> None:
    app = visit("tokens", sentence="the dog the cat", norm="pre", **SMALL)
    trace = trace_of(app)
    control = next(control for control in app.get("button_group") if control.label == "Vectors to compare")
    paths = ("embedding.token", "embedding.sum", residual_sites(trace.config)[-1])
    for path, name in zip(paths, control.options, strict=True):
        control.set_value(getattr(name, "content", name)).run()
        assert not app.exception
        shown = numbers(chart(app, "similarity")["data"][0]["z"])
        np.testing.assert_allclose(shown, cosine_similarities(trace[path][0]), atol=1e-6)
        assert (shown[1, 3] > 0.999_999) == (path == "embedding.token")

    move(app, "layers", 1)
    np.testing.assert_allclose(
        numbers(chart(app, "similarity")["data"][0]["z"]), cosine_similarities(trace_of(app).output[0]), atol=1e-6
    )


@pytest.mark.parametrize("positions", ["sinusoidal", "learned", "none"])
def test_the_page_says_what_holds_for_its_kind_of_positions(positions: str) -> None:
    app = visit("tokens", positions=positions, **SMALL)
    assert TOKENS_LESSONS[positions].answer in drawn_as_markdown(app)
    assert len(chart(app, "lengths")["data"]) == (1 if positions == "none" else 2)


def test_every_control_of_the_frame_moves_the_page() -> None:
    app = visit("tokens", **SMALL)
    for name, value in (("layers", 1), ("heads", 7), ("d_model", 48), ("seed", 5), ("norm", "pre")):
        move(app, name, value)
        shown = numbers(chart(app, "embeddings")["data"][0]["z"])
        np.testing.assert_array_equal(shown, trace_of(app)["embedding.token"][0])


def test_hostile_words_are_labels_and_nothing_else() -> None:
    app = visit("tokens", sentence=HOSTILE, **SMALL)
    for key in ("embeddings", "similarity", "lengths"):
        drawn = str(chart(app, key) | {"alt": ""}).replace("<br>", "").replace("<extra></extra>", "")
        assert "<" not in drawn, key
    assert "example" not in drawn_as_markdown(app)
    assert "<" in list(app.dataframe[0].value["token"])
