"""The Knock out page without a browser: opened by a link, read, and compared with the encoder."""

import re

import numpy as np
import torch
from streamlit.testing.v1 import AppTest

from encoder import Edit, Edits, Trace
from encoder.analysis import WordPrediction, relative_changes
from encoder.tokenizer import Tokenizer
from encoder.weights.nested import NestedEncoder
from pages.views.word_tables import percent
from tests.pages.charts_on_screen import chart, numbers
from tests.pages.visit import APP, attention_on_screen, settings_on_screen

TOKENIZER = Tokenizer.load()
SENTENCE = "A man in a red hat is riding a horse."
SMALL = {"layers": "2", "heads": "3", "d_model": "32", "sentence": SENTENCE}


def knock_out(**parameters: str) -> AppTest:
    """Open the page as a browser opens a link to it: the first run is the page's own."""
    app = AppTest.from_file(str(APP), default_timeout=60)
    app.switch_page("pages/knock_out.py")
    for name, value in {**SMALL, **parameters}.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def read(app: AppTest, nested: NestedEncoder, *edits: Edit, hidden: int | None = None) -> Trace:
    """The sentence on the screen with these edits, read straight with the encoder."""
    settings = settings_on_screen(app)
    ids = torch.tensor([TOKENIZER.encode(settings.sentence).ids])
    if hidden is not None:
        ids[0, hidden] = TOKENIZER.mask_id
    with torch.inference_mode():
        return nested.at(settings.layers, settings.heads, settings.d_model)(ids, edit=Edits(edits))


def lines(app: AppTest) -> list[str]:
    """The list of edits as it stands on the page."""
    return [text.value for text in app.text]


def map_on_screen(app: AppTest) -> np.ndarray:
    """The relative changes as the map has them [site, layer]."""
    return numbers(chart(app, "downstream")["data"][0]["z"])


def assert_page_shows(app: AppTest, nested: NestedEncoder, *edits: Edit) -> None:
    """Compare the map, the predictions and the attention after the edits, if there are some, with the encoder's."""
    assert not app.exception
    before, after = read(app, nested), read(app, nested, *edits)
    if edits:
        changes = relative_changes(before, after)
        np.testing.assert_array_equal(map_on_screen(app), changes.layer_changes[..., 0].T.float())
        marks = np.array(chart(app, "downstream")["data"][0]["text"])
        assert ((marks == "=") == (map_on_screen(app) == 0))[marks != "✎"].all()
    place = TOKENIZER.encode(settings_on_screen(app).sentence).ids.index(TOKENIZER.encode("hat").ids[1])
    likeliest = [table for element in app.get("html") for table in re.findall("<caption>.*", element.proto.body)]
    readings = {"Before": (), "After": edits} if edits else {"Without edits": ()}
    for table, (when, made) in zip(likeliest, readings.items(), strict=True):
        assert table.startswith(f"<caption>{when}: the likeliest words")
        trace = read(app, nested, *made, hidden=place)
        assert trace.prediction is not None
        expected = [
            (TOKENIZER.piece(word), percent(probability))
            for word, probability in WordPrediction(trace.prediction.logits[0, place]).top(8)
        ]
        assert re.findall(r'<bdi>(.*?)</bdi>.*?<td class="number">(.*?)</td>', table) == expected
    weights = attention_on_screen(app)[1]["weights"]
    np.testing.assert_array_equal(weights, np.stack([layer.attention.weights[0] for layer in after.layers]))
