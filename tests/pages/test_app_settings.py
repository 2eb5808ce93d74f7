"""The settings of the app, without a browser: by link, at their corners, and with other weights."""

import dataclasses
from typing import Any

import pytest

from pages.frame.settings import DEFAULTS, Settings
from pages.frame.weights_source import RANDOM, SOURCES
from tests.pages.visit import attention_on_screen, in_address, move, settings_on_screen, turn_to, visit

NUMBERS = ("layers", "heads", "d_model", "seed")
WORDS = ("positions", "norm")


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


@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_a_line_break_in_a_link_is_a_blank_in_the_field_as_it_is_to_the_encoder(line_break: str) -> None:
    words = {"sentence": "two dogs", "edits": "ffn.0*0 ffn.1*0", "other": "a cat"}
    app = visit("knock_out", **{name: text.replace(" ", line_break) for name, text in words.items()})
    assert not app.exception
    assert {name: in_address(app, name) for name in words} == words
    assert app.text_input(key="sentence").value == "two dogs"
    assert not app.warning


def test_a_notice_is_shown_once() -> None:
    app = visit(layers="99")
    assert app.info

    move(app, "heads", 2)
    assert not app.info


def test_parameters_of_others_stay_in_the_address() -> None:
    app = visit(layers="99", layer="1", head="2", query="3")

    assert [in_address(app, name) for name in ("layers", "layer", "head", "query")] == ["12", "1", "2", "3"]


def test_a_page_that_is_asked_for_again_before_the_address_is_back_keeps_what_the_link_said() -> None:
    app = visit(sentence="two dogs run", weights="random", seed="7", layers="5")
    for _ in range(2):
        app.query_params.clear()  # as a browser does that has drawn no control yet
        turn_to(app, "tokens")

    assert settings_on_screen(app) == Settings("two dogs run", "random", layers=5, seed=7)
    assert (in_address(app, "sentence"), in_address(app, "seed")) == ("two dogs run", "7")


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
    assert app.toast[0].value == "The small weights move Layers 12 → 6, d_model 512 → 128, LayerNorm pre → post."


def test_what_cannot_be_moved_stands_in_no_link_and_what_was_moved_stays(small_source: str) -> None:
    app = visit(weights=small_source, layers="5")
    turn_to(app, "residual")
    assert in_address(app, "layers") == "5"
    assert "norm" not in app.query_params

    move(app, "positions", "none")
    move(app, "weights", "random")
    settings = settings_on_screen(app)
    assert (settings.layers, settings.positions) == (5, "none")


def test_a_size_that_had_no_control_gets_one_with_other_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    flat = dataclasses.replace(RANDOM, numbers={**RANDOM.numbers, "layers": range(1, 2)})
    monkeypatch.setitem(SOURCES, "flat", flat)
    app = visit(weights="flat", heads="5")
    move(app, "weights", "random")

    assert (settings_on_screen(app).layers, settings_on_screen(app).heads) == (DEFAULTS.layers, 5)


def test_only_what_can_work_is_offered(small_source: str) -> None:
    app = visit(weights=small_source)

    assert app.select_slider(key="layers").options == [str(layers) for layers in range(1, 7)]
    assert [control.key for control in app.number_input] == []
    assert "norm" not in [control.key for control in app.segmented_control]
