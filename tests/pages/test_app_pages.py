"""Each page as Streamlit runs it, without a browser."""

import dataclasses
import gc
import inspect
from typing import Any

import numpy as np
import pytest
import torch
from streamlit.runtime import runtime
from streamlit.testing.v1 import AppTest

from encoder import Encoder, EncoderConfig
from encoder.tokenizer import Tokenizer
from pages.frame.examples import EXAMPLES
from pages.frame.settings import DEFAULTS, Settings
from pages.frame.warm_start import SECONDS_BETWEEN_MESSAGES, THRESHOLDS_OF_GENERATIONS
from tests.pages.visit import PAGES, attention_on_screen, drawn_as_markdown, move, settings_on_screen, turn_to, visit

HOSTILE = {
    "only emoji": "😀 👩‍👩‍👧 🇩🇪",
    "right to left": "שלום עולם مرحبا بالعالم",
    "combining marks": "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!",
    "control characters": "a\x00b\x07c\x1b[31m d\u202ee",
    "script": "<script>alert(1)</script>",
    "image that fails": '<img src="x" onerror="alert(1)">',
    "bold": "<b>bold</b> <br> **bold**",
    "link": '<a href="https://example.com">here</a> [here](https://example.com)',
    "Markdown image": "![pixel](https://example.com/pixel.png)",
    "mathematics": "$x$ $$y$$",
    "coloured": ":red[x] :material/home: :streamlit:",
}


def attention_of(settings: Settings) -> dict[str, np.ndarray]:
    """The same numbers straight from the encoder, without the app."""
    tokenizer = Tokenizer.load()
    config = EncoderConfig(
        vocab_size=tokenizer.vocab_size,
        d_model=settings.d_model,
        n_heads=settings.heads,
        n_layers=settings.layers,
        seed=settings.seed,
        norm=settings.norm,
        positions=settings.positions,
    )
    with torch.no_grad():
        trace = Encoder(config)(torch.tensor([tokenizer.encode(settings.sentence).ids]))
    names = ("query", "key", "value", "dot_products", "weights")
    return {
        name: np.stack([trace[f"layers.{layer}.attention.{name}"][0].numpy() for layer in range(settings.layers)])
        for name in names
    }


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_and_follows_each_of_its_controls(page: str) -> None:
    app = visit(page)
    moves: dict[str, Any] = {"layers": 1, "heads": 7, "d_model": 16, "seed": 9999, "positions": "none", "norm": "pre"}
    for name, value in moves.items():
        move(app, name, value)
    move(app, "sentence", "one other sentence")

    assert settings_on_screen(app) == Settings(sentence="one other sentence", **moves)
    assert app.title


@pytest.mark.parametrize("page", ["live", "attention"])
def test_the_numbers_in_the_attention_view_are_the_encoders(page: str) -> None:
    app = visit(page)
    move(move(move(app, "heads", 7), "norm", "pre"), "positions", "learned")
    header, drawn = attention_on_screen(app)

    settings = settings_on_screen(app)
    assert settings == dataclasses.replace(DEFAULTS, heads=7, norm="pre", positions="learned")
    expected = attention_of(settings)
    assert header["tokens"] == list(Tokenizer.load().encode(settings.sentence).pieces)
    for name, array in expected.items():
        np.testing.assert_array_equal(drawn[name], array, err_msg=name)


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_sentence_shows_what_to_do_and_keeps_the_settings(page: str) -> None:
    app = visit(page, layers="5")
    for text in ("", "   ", "\x00\x07", "\u200b"):
        move(app, "sentence", text)
        assert [box.value for box in app.info] == [
            "There is nothing to read yet. Type a sentence above, or choose an example."
        ]
        assert [component.key for component in app.get("bidi_component")] == ["address_bar"]

    move(app, "sentence", "hello")
    assert not app.info
    assert app.session_state["layers"] == 5


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_strangers_type_is_shown_as_typed_and_never_read_as_markup(text: str) -> None:
    app = visit(sentence=text)
    n_tokens = len(Tokenizer.load().encode(text).ids)
    for page in PAGES:
        turn_to(app, page)
        assert app.text_input(key="sentence").value == text
        pieces = next(element.proto.body for element in app.get("html") if "token-pieces" in element.proto.body)
        assert pieces.count("<li") == n_tokens
        assert "<script>" not in pieces
        assert "<img" not in pieces
        assert not any(word in drawn_as_markdown(app) for word in text.split() if not word.isalpha())


def test_repeated_words_are_never_merged() -> None:
    app = visit(sentence="the cat the cat the cat")
    header, arrays = attention_on_screen(app)

    assert header["tokens"] == ["[CLS]", "the", "cat", "the", "cat", "the", "cat", "[SEP]"]
    assert arrays["weights"].shape[-2:] == (8, 8)


def left_out(app: AppTest) -> str:
    """What the sentence bar says it left out; it stands above the page's own text."""
    return app.code[0].value if app.warning else ""


@pytest.mark.parametrize("page", PAGES)
def test_a_sentence_that_is_too_long_is_cut_and_the_page_shows_what_was_left_out(page: str) -> None:
    app = visit(page)
    move(app, "sentence", "dog " * 126 + "cat " * 3)
    assert left_out(app) == "cat cat cat"
    assert "at most 128 tokens" in app.warning[0].value

    move(app, "sentence", "dog " * 2_500)  # 10,000 characters
    assert "These 9,495 characters" in app.warning[0].value
    assert "128 tokens" in drawn_as_markdown(app)

    move(app, "sentence", "two dogs")
    assert not app.warning
    assert not left_out(app)


@pytest.mark.parametrize("label", EXAMPLES)
def test_an_example_becomes_the_sentence(label: str) -> None:
    app = visit(sentence="hello", layers="2")
    move(app, "example", label)

    assert app.text_input(key="sentence").value == EXAMPLES[label].sentence
    assert app.session_state["layers"] == 2


def test_an_example_is_marked_only_while_it_is_the_sentence() -> None:
    app = visit()
    assert EXAMPLES[app.session_state["example"]].sentence == DEFAULTS.sentence

    move(app, "sentence", "hello")
    assert app.session_state["example"] is None


@pytest.mark.parametrize("page", PAGES)
def test_random_weights_are_never_passed_off_as_meaning(page: str) -> None:
    app = visit(page)

    assert "badge[Random weights]" in drawn_as_markdown(app)
    assert "patterns mean nothing" in drawn_as_markdown(app)


def test_two_visitors_do_not_see_each_others_state() -> None:
    one, other = visit(sentence="two dogs"), visit(sentence="a red ball")
    move(one, "layers", 7)
    move(other, "heads", 1)
    one.run()

    assert settings_on_screen(one) == dataclasses.replace(DEFAULTS, sentence="two dogs", layers=7)
    assert settings_on_screen(other) == dataclasses.replace(DEFAULTS, sentence="a red ball", heads=1)
    assert attention_on_screen(one)[0]["tokens"][1:3] == ["two", "dogs"]


def test_the_first_visit_freezes_what_the_garbage_collector_would_walk_through_and_takes_one_thread() -> None:
    visit()

    assert gc.get_freeze_count() > 0
    assert torch.get_num_threads() == 1


def test_the_first_visit_lets_messages_out_at_once_and_full_collections_be_rare() -> None:
    visit()

    assert "asyncio.sleep(MESSAGE_FLUSH_INTERVAL_SECS)" in inspect.getsource(runtime)  # else the constant does nothing
    assert runtime.MESSAGE_FLUSH_INTERVAL_SECS == SECONDS_BETWEEN_MESSAGES < 0.005
    assert gc.get_threshold() == THRESHOLDS_OF_GENERATIONS
