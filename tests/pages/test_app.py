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
from pages.frame.sentence_bar import EXAMPLES
from pages.frame.settings import DEFAULTS, Settings
from pages.frame.warm_start import SECONDS_BETWEEN_MESSAGES, THRESHOLDS_OF_GENERATIONS
from pages.frame.weights_source import RANDOM, SOURCES
from tests.pages.visit import (
    PAGES,
    attention_on_screen,
    drawn_as_markdown,
    in_address,
    move,
    settings_on_screen,
    turn_to,
    visit,
)

NUMBERS = ("layers", "heads", "d_model", "seed")
WORDS = ("positions", "norm")

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


@pytest.mark.parametrize(
    ("layers", "heads", "d_model"), [(1, 1, 16), (1, 16, 16), (12, 16, 16), (2, 3, 512), (12, 1, 32)]
)
def test_the_corners_of_what_is_offered_work(layers: int, heads: int, d_model: int) -> None:
    app = visit(layers=str(layers), heads=str(heads), d_model=str(d_model))

    assert attention_on_screen(app)[1]["weights"].shape[:2] == (layers, heads)
    assert not app.info


def test_a_link_opens_what_it_says() -> None:
    linked = Settings("a red ball", "random", 5, 2, 48, 123, "learned", "pre")
    app = visit(**{name: str(value) for name, value in dataclasses.asdict(linked).items()})

    assert settings_on_screen(app) == linked
    assert not app.info


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "nonsense",
        "-1",
        "0",
        "1e999",
        "-1e999",
        "nan",
        "9" * 4000,
        "2.7",
        "３",
        "0x10",
        "<script>",
        "\x00",
        "None",
    ],
)
def test_a_link_with_nonsense_in_every_parameter_opens_with_possible_settings(value: str) -> None:
    app = visit(**dict.fromkeys(("weights", *NUMBERS, *WORDS), value))

    settings = settings_on_screen(app)
    assert all(getattr(settings, name) in SOURCES[settings.weights].numbers[name] for name in NUMBERS)
    assert all(getattr(settings, name) in SOURCES[settings.weights].words[name] for name in WORDS)
    assert app.info[0].value.count("is used instead") >= 3
    assert attention_on_screen(app)[1]["weights"].shape[:2] == (settings.layers, settings.heads)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("layers", "99", 12),
        ("heads", "-3", 1),
        ("d_model", "100", 96),
        ("seed", "123456", 9999),
        ("norm", "Pre", "pre"),
    ],
)
def test_an_impossible_parameter_moves_to_the_nearest_value_and_the_page_and_the_address_say_so(
    name: str, value: str, expected: Any
) -> None:
    app = visit(**{name: value})

    assert app.session_state[name] == expected
    assert in_address(app, name) == str(expected)
    assert f"`{name}` in this link" in app.info[0].value
    assert f"{expected} is used instead" in app.info[0].value


def test_of_a_repeated_parameter_the_last_value_counts_and_the_page_says_so() -> None:
    app = visit(layers=["2", "5"], sentence=["two dogs", "three dogs"])

    assert (app.session_state["layers"], app.session_state["sentence"]) == (5, "three dogs")
    assert "`layers` stands 2 times in this link; the last one counts." in app.info[0].value
    assert "`sentence` stands 2 times" in app.info[0].value


def test_a_notice_is_shown_once() -> None:
    app = visit(layers="99")
    assert app.info

    move(app, "heads", 2)
    assert not app.info


def test_parameters_of_others_stay_in_the_address() -> None:
    app = visit(layers="99", layer="1", head="2", query="3")

    assert [in_address(app, name) for name in ("layers", "layer", "head", "query")] == ["12", "1", "2", "3"]


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_sentence_shows_what_to_do_and_keeps_the_settings(page: str) -> None:
    app = visit(page, layers="5")
    for text in ("", "   ", "\x00\x07", "\u200b"):
        move(app, "sentence", text)
        assert [box.value for box in app.info] == [
            "There is nothing to read yet. Type a sentence above, or choose an example."
        ]
        assert not app.get("bidi_component")

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

    assert app.text_input(key="sentence").value == EXAMPLES[label]
    assert app.session_state["layers"] == 2


def test_an_example_is_marked_only_while_it_is_the_sentence() -> None:
    app = visit()
    assert EXAMPLES[app.session_state["example"]] == DEFAULTS.sentence

    move(app, "sentence", "hello")
    assert app.session_state["example"] is None


@pytest.mark.parametrize("page", PAGES)
def test_random_weights_are_never_passed_off_as_meaning(page: str) -> None:
    app = visit(page)

    assert "Random weights" in drawn_as_markdown(app)
    assert "patterns mean nothing" in drawn_as_markdown(app)


@pytest.fixture
def small_source(monkeypatch: pytest.MonkeyPatch) -> str:
    """A second source of weights that has fewer shapes and only post-LN."""
    small = dataclasses.replace(
        RANDOM,
        numbers={"layers": range(1, 7), "heads": range(1, 9), "d_model": range(16, 129, 16), "seed": range(1)},
        words={"positions": ("learned", "none"), "norm": ("post",)},
    )
    monkeypatch.setitem(SOURCES, "small", small)
    return "small"


def test_other_weights_move_impossible_settings_to_the_nearest_and_say_so(small_source: str) -> None:
    app = visit(layers="12", heads="2", d_model="512", seed="5", norm="pre")
    move(app, "weights", small_source)

    settings = settings_on_screen(app)
    assert settings == Settings(DEFAULTS.sentence, small_source, 6, 2, 128, 0, "learned", "post")
    notice = app.info[0].value
    assert "`layers` 12 is not possible with these weights; it moved to 6." in notice
    assert "`norm` pre is not possible with these weights; it moved to post." in notice
    assert "heads" not in notice
    assert [in_address(app, name) for name in ("layers", "d_model", "heads")] == ["6", "128", "2"]


def test_what_cannot_be_moved_stands_in_no_link_and_what_was_moved_stays(small_source: str) -> None:
    app = visit(weights=small_source, layers="5")
    turn_to(app, "residual")
    assert in_address(app, "layers") == "5"
    assert "norm" not in app.query_params

    move(app, "positions", "none")
    move(app, "weights", "random")
    settings = settings_on_screen(app)
    assert (settings.layers, settings.positions) == (5, "none")


def test_only_what_can_work_is_offered(small_source: str) -> None:
    app = visit(weights=small_source)

    assert app.select_slider(key="layers").options == [str(layers) for layers in range(1, 7)]
    assert [control.key for control in app.number_input] == []
    assert "norm" not in [control.key for control in app.segmented_control]


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
