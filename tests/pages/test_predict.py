"""The Predict page: every word, rank, probability and figure on it is the encoder's."""

import re
from pathlib import Path

import numpy as np
import pytest

from encoder.tables.accuracy_table import AccuracyTable
from encoder.weights.nested import NestedEncoder, Shape
from pages.charts.limits import number
from pages.frame.predict_lesson import CHOOSE_TRAINED, NO_HEAD, NONE_HERE
from tests.pages.charts_on_screen import chart, charts, numbers
from tests.pages.predict_on_screen import (
    SENTENCE,
    SMALL,
    TOKENIZER,
    assert_page_is_right,
    belief,
    tables,
    trace_with_hidden,
    words_in,
)
from tests.pages.visit import drawn_as_markdown, move, settings_on_screen, visit


def test_the_middle_token_is_hidden_first_and_its_prediction_is_the_encoders(trained: NestedEncoder) -> None:
    app = visit("predict", sentence=SENTENCE, **SMALL)
    assert settings_on_screen(app).weights == "trained"
    assert "Trained on 145,000 picture captions" in drawn_as_markdown(app)
    assert app.code[0].value == "[CLS] a man in a red [MASK] is riding a horse . [SEP]"
    assert charts(app) == {"depths", "sizes"}
    assert_page_is_right(app, trained, place=6)


@pytest.mark.parametrize("place", [1, 10, 11])
def test_any_token_can_be_hidden(trained: NestedEncoder, place: int) -> None:
    app = visit("predict", sentence=SENTENCE, **SMALL)
    app.pills(key="mask").set_value(place).run()
    assert not app.exception
    assert app.code[0].value.split()[place] == "[MASK]"
    assert_page_is_right(app, trained, place)


@pytest.mark.parametrize(
    ("name", "value"), [("layers", 3), ("heads", 1), ("d_model", 16), ("sentence", "Two dogs run.")]
)
def test_every_control_moves_the_prediction(trained: NestedEncoder, name: str, value: object) -> None:
    app = visit("predict", sentence=SENTENCE, **SMALL)
    app.pills(key="mask").set_value(2).run()
    move(app, name, value)
    assert_page_is_right(app, trained, place=2)


def test_a_place_that_a_shorter_sentence_does_not_have_is_forgotten(trained: NestedEncoder) -> None:
    app = visit("predict", sentence=SENTENCE, **SMALL)
    app.pills(key="mask").set_value(10).run()
    move(app, "sentence", "Two dogs")
    assert_page_is_right(app, trained, place=1)


def test_a_typed_mask_is_read_out_and_has_no_true_word(trained: NestedEncoder) -> None:
    app = visit("predict", sentence="A man in a red [MASK] is riding a horse.", **SMALL)
    expected = belief(trace_with_hidden(app, trained, 6), 6)
    assert [metric.value for metric in app.metric] == [f"{number(expected.entropy)} nats"]
    assert "Nobody knows the true word here" in drawn_as_markdown(app)
    likeliest, probability = expected.top(1)[0]
    assert words_in(tables(app)["The likeliest words"])[0] == [TOKENIZER.piece(likeliest)]
    assert numbers(chart(app, "depths")["data"][0]["y"])[-1] == np.float32(probability)
    assert "true" not in re.findall('class="(.*?)"', tables(app)["The likeliest words after each layer"])


def test_a_word_that_the_vocabulary_does_not_have_is_no_true_word(trained: NestedEncoder) -> None:
    app = visit("predict", sentence="a man rides a 馬 today", mask="5 · [UNK]", **SMALL)
    assert TOKENIZER.encode("a man rides a 馬 today").is_unknown[5]
    expected = belief(trace_with_hidden(app, trained, 5), 5)
    assert [metric.value for metric in app.metric] == [f"{number(expected.entropy)} nats"]
    assert "Nobody knows the true word here" in drawn_as_markdown(app)


def test_the_true_word_is_marked_where_it_is_among_the_likeliest(trained: NestedEncoder) -> None:
    app = visit("predict", sentence=SENTENCE, **SMALL)
    (word, _), *_ = belief(trace_with_hidden(app, trained, 6), 6).top(1)
    pieces = TOKENIZER.encode(SENTENCE).pieces
    likeliest = TOKENIZER.piece(word)
    app = visit("predict", sentence=" ".join([*pieces[1:6], likeliest, *pieces[7:-1]]), **SMALL)
    assert TOKENIZER.encode(settings_on_screen(app).sentence).pieces[6] == likeliest
    assert f'class="true"><bdi>{likeliest}</bdi>' in tables(app)["The likeliest words"]
    assert app.metric[0].value == "1 of 4,000"


def test_what_each_size_buys_is_the_shipped_table_with_a_frame_around_this_shape(
    trained: NestedEncoder, nested_folder: Path
) -> None:
    app = visit("predict", **SMALL)
    table = AccuracyTable.load(nested_folder / "accuracy.json")
    figure = chart(app, "sizes")
    drawn, frame, _ = figure["data"]
    values = numbers(drawn["z"])
    assert np.isfinite(values).sum() == len(table.accuracy) == 45
    row, column = (int((min(frame[axis]) + max(frame[axis])) / 2) for axis in ("y", "x"))
    assert values[row, column] == pytest.approx(table[Shape(2, 3, 32)])
    assert f"You are here: 2 layers, 3 heads, d_model 32, accuracy {number(table[Shape(2, 3, 32)])}." in figure["alt"]

    # The whole, the last of 45, has .44 as a slice and .55 alone; the eleventh has .10 and .20.
    assert "Of these, 2 were also trained alone, for 1,234 steps each: as slices" in drawn_as_markdown(app)
    assert "as slices they have 50 to 80\u00a0% of the accuracy" in drawn_as_markdown(app)

    moved = chart(move(app, "heads", 5), "sizes")["alt"]
    assert f"accuracy {number(table[Shape(2, 5, 32)])}" in moved


def test_the_grid_of_heads_stands_where_it_was_measured_and_says_where_else(trained: NestedEncoder) -> None:
    app = visit("predict", **SMALL)
    rows = tables(app)["What each head does"].split("<tr>")[2:]
    cells = [re.findall("<td>(.*?)</td>", row) for row in rows]
    assert cells == [["no job"] * 3, ["no job", "no job", "previous token 0.88"]]
    assert "**previous token** from 0.4" in drawn_as_markdown(app)

    move(app, "layers", 1)
    assert "What each head does" not in tables(app)
    assert "(layers·heads·d_model): 2·3·32." in drawn_as_markdown(app)


def test_without_shipped_figures_the_page_shows_predictions_alone(
    trained: NestedEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages.frame.weights_source.NESTED_FOLDER", tmp_path)
    app = visit("predict", sentence=SENTENCE, **SMALL)
    assert charts(app) == {"depths"}
    assert_page_is_right(app, trained, place=6)


@pytest.mark.usefixtures("trained")
def test_random_weights_say_kindly_that_they_predict_nothing() -> None:
    app = visit("predict", weights="random")
    assert not app.exception
    assert f"{NO_HEAD} {CHOOSE_TRAINED}" in drawn_as_markdown(app)
    assert not app.metric


def test_a_server_without_trained_weights_says_so() -> None:
    app = visit("predict")
    assert f"{NO_HEAD} {NONE_HERE}" in drawn_as_markdown(app)
