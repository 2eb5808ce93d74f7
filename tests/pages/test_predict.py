"""The Predict page: every word, rank, probability and figure on it is the encoder's."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from encoder import Trace
from encoder.analysis import WordPrediction
from encoder.tokenizer import Tokenizer
from encoder.weights.accuracy_table import AccuracyTable
from encoder.weights.nested import NestedEncoder, Shape
from pages.charts.limits import number
from pages.frame.predict_lesson import CHOOSE_TRAINED, NO_HEAD, NONE_HERE
from pages.views.word_tables import percent
from tests.pages.charts_on_screen import chart, charts, numbers
from tests.pages.visit import APP, drawn_as_markdown, in_address, move, settings_on_screen, visit

HOSTILE = '<b>the</b> the <a href="https://example.com">the</a> $x$ :red[y] ![z](w) #000001'
SENTENCE = "A man in a red hat is riding a horse."
TOKENIZER = Tokenizer.load()
SMALL = {"layers": "2", "heads": "3", "d_model": "32"}


def predict_by_link(**parameters: str) -> AppTest:
    """Open the page as a browser opens a link to it: the first run is the page's own."""
    app = AppTest.from_file(str(APP), default_timeout=60)
    app.switch_page("pages/predict.py")
    for name, value in parameters.items():
        app.query_params[name] = value
    return app.run()


def trace_with_hidden(app: AppTest, nested: NestedEncoder, place: int, layers: int | None = None) -> Trace:
    """The same sentence with the same token hidden, read straight with the encoder."""
    settings = settings_on_screen(app)
    ids = torch.tensor([TOKENIZER.encode(settings.sentence).ids])
    ids[0, place] = TOKENIZER.mask_id
    with torch.no_grad():
        return nested.at(layers or settings.layers, settings.heads, settings.d_model)(ids)


def belief(trace: Trace, place: int) -> WordPrediction:
    assert trace.prediction is not None
    return WordPrediction(trace.prediction.logits[0, place])


def tables(app: AppTest) -> dict[str, str]:
    """The tables of words on the page, by their captions."""
    bodies = [element.proto.body for element in app.get("html") if "<caption>" in element.proto.body]
    return {re.findall("<caption>(.*?)</caption>", body)[0]: body for body in bodies}


def words_in(table: str) -> list[list[str]]:
    """The words of each row."""
    return [re.findall("<bdi>(.*?)</bdi>", row) for row in table.split("<tr>")[2:]]


def assert_page_is_right(app: AppTest, nested: NestedEncoder, place: int) -> None:
    """Compare every number of the prediction and the depths with the encoder's."""
    encoding = TOKENIZER.encode(settings_on_screen(app).sentence)
    true_word = encoding.ids[place]
    expected = belief(trace_with_hidden(app, nested, place), place)
    assert [metric.value for metric in app.metric] == [
        f"{expected.rank(true_word):,} of 4,000",
        percent(expected.probability(true_word)),
        f"{number(expected.entropy)} nats",
    ]
    shown = tables(app)
    top = [TOKENIZER.piece(word) for word, _ in expected.top(10)]
    assert words_in(shown["The likeliest words"]) == [[word] for word in top]
    assert [percent(probability) in shown["The likeliest words"] for _, probability in expected.top(10)] == [True] * 10

    n_layers = settings_on_screen(app).layers
    depths = [belief(trace_with_hidden(app, nested, place, layers), place) for layers in range(1, n_layers + 1)]
    assert words_in(shown["The likeliest words after each layer"]) == [
        [TOKENIZER.piece(word) for word, _ in depth.top(5)] for depth in depths
    ]
    line = numbers(chart(app, "depths")["data"][0]["y"])
    np.testing.assert_array_equal(line, np.float32([depth.probability(true_word) for depth in depths]))


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
    if TOKENIZER.encode(settings_on_screen(app).sentence).pieces[6] == likeliest:
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
    assert "Of these, 2 were also trained alone, for 1,234 steps" in drawn_as_markdown(app)
    assert "as slices they have 50% to 80% of the accuracy" in drawn_as_markdown(app)

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


def test_hostile_words_are_labels_and_nothing_else(trained: NestedEncoder) -> None:
    app = visit("predict", sentence=HOSTILE, **SMALL)
    n_tokens = len(TOKENIZER.encode(HOSTILE).ids)
    labels = app.pills(key="mask").options
    assert len(set(labels)) == n_tokens - 2
    assert all(re.fullmatch(r"\d+ · (\w|\\.|##\w)+", label) for label in labels), labels
    for place in range(1, n_tokens - 1):
        app.pills(key="mask").set_value(place).run()
        assert not app.exception
        title = chart(app, "depths")["layout"]["yaxis"]["title"]["text"]
        assert "<" not in title
        assert "#" not in title.replace("&#", "")
    assert "<b>" not in drawn_as_markdown(app)


def test_a_link_says_which_token_is_hidden(trained: NestedEncoder) -> None:
    app = predict_by_link(mask="7 · is", sentence=SENTENCE, **SMALL)
    assert app.code[0].value == "[CLS] a man in a red hat [MASK] riding a horse . [SEP]"
    assert_page_is_right(app, trained, place=7)


def test_a_link_names_a_place_and_the_word_there_may_have_changed(trained: NestedEncoder) -> None:
    app = predict_by_link(mask="7 · dog", sentence=SENTENCE, **SMALL)
    assert_page_is_right(app, trained, place=7)
    assert in_address(app, "mask") == "7 · is"
    assert "Hidden until you choose" not in drawn_as_markdown(app)


def test_what_is_hidden_before_anybody_chose_is_said(trained: NestedEncoder) -> None:
    app = predict_by_link(sentence=SENTENCE, **SMALL)
    assert_page_is_right(app, trained, place=6)
    assert "Hidden until you choose: 6 · " in drawn_as_markdown(app)


@pytest.mark.parametrize("mask", ["99 · is", "0 · [CLS]", "<script>", "", "-1", "٧ · is"])
def test_a_link_to_a_token_that_is_not_there_hides_the_middle_one(trained: NestedEncoder, mask: str) -> None:
    assert_page_is_right(predict_by_link(mask=mask, sentence=SENTENCE, **SMALL), trained, place=6)
