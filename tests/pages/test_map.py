"""The Map page: every box and every number on it is the encoder's, and what is asked for in the link is open."""

import json
from typing import Any

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from encoder import Trace, explain
from encoder.tokenizer import Tokenizer
from encoder.weights.nested import NestedEncoder
from pages.frame.encoder_boxes import shown_paths
from pages.views.thumbnails import limits
from tests.pages.charts_on_screen import trace_of
from tests.pages.payloads import unpack
from tests.pages.visit import drawn_as_markdown, move, settings_on_screen, turn_to, visit

SMALL = {"layers": "2", "d_model": "32"}
LARGEST = {"layers": "12", "heads": "16", "d_model": "512", "sentence": "the cat " * 100}
HOSTILE = '<b>the</b> the <a href="https://example.com">the</a> $x$ :red[y] ![z](w)'


def on_map(app: AppTest) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What the map was sent."""
    assert not app.exception
    return unpack(app.get("bidi_component")[0].proto.bytes)


def size_of(app: AppTest) -> int:
    return len(app.get("bidi_component")[0].proto.bytes)


def trained_trace(app: AppTest, trained: NestedEncoder) -> Trace:
    """Read the same sentence with the same slice of the trained weights, without the app."""
    settings = settings_on_screen(app)
    encoder = trained.at(settings.layers, settings.heads, settings.d_model)
    with torch.inference_mode():
        trace: Trace = encoder(torch.tensor([Tokenizer.load().encode(settings.sentence).ids]))
    return trace


@pytest.mark.parametrize("norm", ["post", "pre"])
def test_every_tensor_of_the_open_layer_is_a_box_with_the_encoder_s_numbers(norm: str) -> None:
    app = visit("map", norm=norm, layer="1", head="2", **SMALL)
    trace, (header, arrays) = trace_of(app), on_map(app)
    assert (header["layer"], header["head"]) == (1, 2)
    paths = [box["path"] for box in header["boxes"]]
    assert sorted(set(paths)) == sorted(shown_paths(trace, 1))
    assert len(paths) == len(set(paths)) + 1  # the context of one head, and of all
    for box in header["boxes"]:
        tensor = trace[box["path"]]
        tensor = tensor[0] if "batch" in box["axes"] else tensor
        if box["columns"] == "head d_head":
            tensor = torch.cat(list(tensor), dim=1)
        elif "head" in box["axes"]:
            tensor = tensor[2]
        np.testing.assert_array_equal(arrays[box["array"]], tensor.reshape(len(tensor), -1))


def test_a_pinned_cell_comes_with_the_encoder_s_own_arithmetic() -> None:
    app = visit("map", cell="layers.1.attention.output@0,3,5", **SMALL)
    header, _ = on_map(app)
    story = explain(trace_of(app), "layers.1.attention.output", (0, 3, 5))
    assert header["layer"] == 1
    assert str(story).endswith(f" = {header['story']['text']}")
    largest = np.unravel_index(int(story.terms.abs().argmax()), story.terms.shape)  # type: ignore[union-attr]
    first = header["story"]["sources"][0]
    assert (first["path"], first["next"]) == ("layers.1.attention.context", [0, int(largest[0]), 3, int(largest[1])])


@pytest.mark.parametrize(
    "cell",
    ["x", "layers.0.attention.weights@0,0,0", "layers.0.attention.weights@0,0,0,999", "embedding.sum@0,-1,0", "a@²"],
)
def test_a_cell_that_is_not_there_is_left_out(cell: str) -> None:
    header, _ = on_map(visit("map", cell=cell, layer="99", head="mean", **SMALL))
    assert (header["layer"], header["head"], header["cell"], header["story"]) == (1, 0, None, None)


@pytest.mark.parametrize("name", ["cell", "large"])
def test_the_budgets_hold(name: str) -> None:
    path = "layers.1.feed_forward.activation"
    asked = {"cell": f"{path}@0,3,5"} if name == "cell" else {"large": path, "layer": "1"}
    assert size_of(visit("map", **asked)) <= 250_000
    largest = visit("map", **asked, **LARGEST)
    header, arrays = on_map(largest)
    assert len(header["tokens"]) == 128
    assert size_of(largest) <= 1_500_000
    place = next(place for place, box in enumerate(header["boxes"]) if box["path"] == path)
    exact = trace_of(largest)[path][0].numpy()
    if name == "cell":
        np.testing.assert_array_equal(arrays[header["boxes"][place]["rowArray"]], exact[3])
        assert arrays[header["boxes"][place]["array"]].dtype == np.uint8
    else:
        np.testing.assert_array_equal(arrays[header["boxes"][place]["array"]], exact)
        assert f"std {exact.astype(np.float64).std():.4g}," in header["large"]["facts"]


@pytest.mark.parametrize(("near", "row"), [("100", 100), ("999", 127), ("-3", 0), ("near", 0)])
def test_the_row_that_somebody_rests_on_comes_in_full(near: str, row: int) -> None:
    app = visit("map", near=near, cell="layers.0.attention.scores@0,0,3,5", **LARGEST)
    trace, (header, arrays) = trace_of(app), on_map(app)
    assert size_of(app) <= 1_500_000
    partly = [box for box in header["boxes"] if not box["full"]]
    assert partly
    for box in partly:
        assert box["row"] == row
        tensor = trace[box["path"]][0]
        expected = tensor[:, row].flatten() if box["columns"] == "head d_head" else tensor[row]
        np.testing.assert_array_equal(arrays[box["rowArray"]], expected)


@pytest.mark.parametrize(
    ("name", "value"),
    [("layers", 1), ("heads", 7), ("d_model", 48), ("seed", 5), ("norm", "pre"), ("positions", "none")],
)
def test_every_control_of_the_frame_moves_the_map(name: str, value: object) -> None:
    app = visit("map", layer="1", **SMALL)
    before = on_map(app)[0]["digest"]
    move(app, name, value)
    header, arrays = on_map(app)
    assert header["digest"] != before
    box = next(box for box in header["boxes"] if box["path"] == "embedding.sum")
    np.testing.assert_array_equal(arrays[box["array"]], trace_of(app)["embedding.sum"][0])


def test_trained_weights_have_their_map_up_to_the_encoder_s_output(trained: NestedEncoder) -> None:
    app = visit("map", layer="99")
    header, arrays = on_map(app)
    assert header["layer"] == settings_on_screen(app).layers - 1
    trace = trained_trace(app, trained)
    paths = [box["path"] for box in header["boxes"]]
    assert paths[-7:] == [path for path in trace.paths if path.startswith("prediction.")]
    for box in header["boxes"][-7:-1]:
        tensor = trace[box["path"]][0]
        np.testing.assert_array_equal(arrays[box["array"]], tensor.reshape(len(tensor), -1))
    assert header["vocabulary"] == [Tokenizer.load().piece(index) for index in range(trace.config.vocab_size)]
    assert size_of(app) <= 250_000


def test_only_where_there_is_a_column_for_each_word_the_words_are_sent(trained: NestedEncoder) -> None:
    assert trained is not None
    header, _ = on_map(visit("map", layer="0"))
    assert header["vocabulary"] == []
    assert not [box["path"] for box in header["boxes"] if box["path"].startswith("prediction.")]


def test_a_pinned_logit_comes_with_its_arithmetic_and_its_row(trained: NestedEncoder) -> None:
    app = visit("map", cell="prediction.logits@0,3,1999")
    header, arrays = on_map(app)
    trace = trained_trace(app, trained)
    story = explain(trace, "prediction.logits", (0, 3, 1999))
    assert str(story).endswith(f" = {header['story']['text']}")
    assert [source["path"] for source in header["story"]["sources"] if source["next"]] == ["prediction.norm.output"]
    logits = header["boxes"][-1]
    np.testing.assert_array_equal(arrays[logits["rowArray"]], trace["prediction.logits"][0, 3])


@pytest.mark.parametrize(
    ("sentence", "in_full"), [("the dog runs", True), ("the cat " * 100, False)], ids=["short", "long"]
)
def test_logits_shown_large_keep_every_column(sentence: str, in_full: bool, trained: NestedEncoder) -> None:
    app = visit("map", cell="prediction.logits@0,3,5", sentence=sentence)
    app.session_state["encoder_map"] = {"asked": {"large": "prediction.logits", "cell": "prediction.logits@0,3,5"}}
    header, arrays = on_map(app.run())
    logits, exact = header["boxes"][-1], trained_trace(app, trained)["prediction.logits"][0].numpy()
    assert (logits["full"], logits["block"]) == (in_full, 1)
    levels = arrays[logits["array"]]
    numbers = levels if in_full else logits["low"] + levels / 255.0 * (logits["high"] - logits["low"])
    step = 0 if in_full else (logits["high"] - logits["low"]) / 509
    np.testing.assert_allclose(numbers, np.clip(exact, *limits(exact, "signed")) if step else exact, atol=step)
    assert size_of(app) <= 1_500_000


def test_hostile_words_travel_as_data_only() -> None:
    app = visit("map", sentence=HOSTILE, layer="0", **SMALL)
    assert "<" in on_map(app)[0]["tokens"]
    assert "example" not in drawn_as_markdown(app)
    json.dumps(on_map(app)[0], allow_nan=False)


def test_the_map_comes_back_to_where_it_was_left() -> None:
    cell = "layers.1.attention.output@0,3,5"
    app = turn_to(visit("map", cell=cell, **SMALL), "tokens")
    del app.query_params["cell"]  # as Streamlit does when the page is turned
    header, _ = on_map(turn_to(app, "map"))
    assert (header["layer"], header["cell"]) == (1, cell)


def test_after_attention_nothing_is_sent_before_the_browser_has_said_what_to_open() -> None:
    app = visit("map", **SMALL)
    assert not size_of(app)
    for asked, cell in (
        ({}, None),
        ({"cell": "layers.1.attention.weights@0,2,3,4"}, "layers.1.attention.weights@0,2,3,4"),
        ({}, "layers.1.attention.weights@0,2,3,4"),
        ({"cell": None}, None),
    ):
        app.session_state["encoder_map"] = {"asked": asked}
        assert on_map(app.run())[0]["cell"] == cell


def test_live_leads_to_the_map() -> None:
    links = [link.proto.page for link in visit().get("page_link")]
    assert any("map" in link for link in links)
