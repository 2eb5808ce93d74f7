"""What each head is worth, on the Knock out page: measured for the sentence, or over many."""

import time

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from encoder.analysis import Targets, head_effects
from encoder.weights.nested import NestedEncoder
from pages.frame.measurement import measurements
from tests.pages.charts_on_screen import chart, numbers
from tests.pages.knock_out_on_screen import SENTENCE, TOKENIZER, knock_out
from tests.pages.visit import drawn_as_markdown, in_address


def measured(app: AppTest, key: str) -> AppTest:
    """Start a measurement and look until its chart is there."""
    app.button(key=f"start_{key}").click().run()
    deadline = time.monotonic() + 60
    while any(button.key == f"stop_{key}" for button in app.button):
        assert time.monotonic() < deadline
        time.sleep(0.05)
        app.run()
    assert not app.exception
    return app


def test_every_head_of_the_sentence_is_measured_when_asked_for(trained: NestedEncoder) -> None:
    app = measured(knock_out(mask="6 · hat"), "sentence_heads")
    ids = torch.tensor([TOKENIZER.encode(SENTENCE).ids])
    targets = Targets(torch.tensor([6]), ids[0, [6]])
    ids[0, 6] = TOKENIZER.mask_id
    expected = head_effects(trained.at(2, 3, 32), ids, targets=targets)
    assert expected.targets is not None
    changes = expected.targets.log_probability_changes[..., 0]
    np.testing.assert_array_equal(numbers(chart(app, "sentence_heads")["data"][0]["z"]), changes.float())
    app.segmented_control(key="effect_on_sentence_heads").set_value("output").run()
    shown = numbers(chart(app, "sentence_heads")["data"][0]["z"])
    np.testing.assert_array_equal(shown, expected.output_changes[..., 0].float())

    app.button(key="silence_sentence_heads").click().run()
    layer, head = divmod(int(expected.output_changes.argmax()), 3)
    assert in_address(app, "edits") == f"head.{layer}.{head}*0"


def test_the_shipped_figures_stand_where_they_were_measured(trained: NestedEncoder) -> None:
    app = knock_out()
    shown = numbers(chart(app, "caption_heads")["data"][0]["z"])
    np.testing.assert_array_equal(shown, np.float32([[0, 0, 0], [-0.75, 0, 0]]))
    assert "(dev.txt)" in drawn_as_markdown(app)


def test_another_shape_is_measured_over_sentences_that_the_visitor_gives(trained: NestedEncoder) -> None:
    app = knock_out(layers="1")
    app.text_area(key="own_captions").set_value("\n".join(["Two dogs run over a field.", "", "A man sits."] * 6)).run()
    measured(app, "caption_heads")
    assert numbers(chart(app, "caption_heads")["data"][0]["z"]).shape == (1, 3)
    assert "12 captions" in drawn_as_markdown(
        app.segmented_control(key="effect_on_caption_heads").set_value("output").run()
    )


@pytest.mark.usefixtures("trained")
def test_sentences_that_the_visitor_gave_come_back_with_the_page() -> None:
    app = knock_out(layers="1")
    app.text_area(key="own_captions").set_value("Two dogs run.\nA man sits.").run()
    for page in ("tokens", "knock_out"):
        app.switch_page(f"pages/{page}.py").run()
    assert app.text_area(key="own_captions").value == "Two dogs run.\nA man sits."


@pytest.mark.usefixtures("trained")
def test_sentences_in_which_no_piece_can_be_hidden_show_the_output_alone() -> None:
    app = knock_out(layers="1")
    app.text_area(key="own_captions").set_value("собака бежит\n狗在跑").run()
    measured(app, "caption_heads")
    assert app.segmented_control(key="effect_on_caption_heads").options == ["output"]
    assert np.isfinite(numbers(chart(app, "caption_heads")["data"][0]["z"])).all()


@pytest.mark.usefixtures("trained")
def test_a_measurement_can_be_stopped_and_taken_up_again() -> None:
    app = knock_out(layers="1")
    app.text_area(key="own_captions").set_value("\n".join(["Three cats sleep on a bed.", "A dog barks."])).run()
    with measurements()._turn:  # no step can be made meanwhile
        app.button(key="start_caption_heads").click().run()
        app.button(key="stop_caption_heads").click().run()
        assert not [button for button in app.button if button.key == "stop_caption_heads"]
    measured(app, "caption_heads")
    assert numbers(chart(app, "caption_heads")["data"][0]["z"]).shape == (1, 3)
