"""The Predict page on the screen: what it hides, what it says about it, and what the encoder says."""

import re

import numpy as np
import torch
from streamlit.testing.v1 import AppTest

from encoder import Trace
from encoder.analysis import WordPrediction
from encoder.tokenizer import Tokenizer
from encoder.weights.nested import NestedEncoder
from pages.charts.limits import number
from pages.views.word_tables import percent
from tests.pages.charts_on_screen import chart, numbers
from tests.pages.visit import APP, settings_on_screen

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
