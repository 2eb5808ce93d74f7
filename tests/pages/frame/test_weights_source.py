"""The sources of weights: trained ones where they are shipped, and never a choice that cannot work."""

import dataclasses
from pathlib import Path

import pytest
import torch

from encoder import EncoderConfig
from encoder.weights.nested import NestedEncoder
from pages.frame.forward_pass import tokenizer
from pages.frame.settings import Settings, nearest
from pages.frame.weights_source import NESTED_FOLDER, RANDOM, SOURCES, sources
from tests.pages.visit import attention_on_screen, drawn_as_markdown, move, settings_on_screen, visit

SHAPE = {"d_model": 32, "n_heads": 3, "n_layers": 2}


def test_without_a_file_only_random_weights_are_offered(tmp_path: Path) -> None:
    assert sources(tmp_path) == {"random": RANDOM}


def test_shipped_weights_are_offered_first(nested_folder: Path) -> None:
    assert list(sources(nested_folder)) == ["trained", "random"]
    is_shipped = (NESTED_FOLDER / "encoder.safetensors").exists()
    assert next(iter(sources(NESTED_FOLDER))) == ("trained" if is_shipped else "random")


def test_the_first_source_is_the_default(trained: NestedEncoder) -> None:
    assert Settings().weights == next(iter(SOURCES))


def test_an_encoder_of_any_shape_is_the_slice_of_the_whole(nested_folder: Path, trained: NestedEncoder) -> None:
    config = EncoderConfig(vocab_size=4_000, positions="learned", **SHAPE)
    built, expected = SOURCES["trained"].build(config), trained.at(**SHAPE)
    assert built.config == expected.config
    assert all(torch.equal(values, expected.get_parameter(name)) for name, values in built.named_parameters())


@pytest.mark.usefixtures("trained")
def test_all_encoders_share_the_numbers_of_the_whole() -> None:
    build = SOURCES["trained"].build
    one = build(EncoderConfig(vocab_size=4_000, d_model=16, n_heads=1, n_layers=1))
    other = build(EncoderConfig(vocab_size=4_000, d_model=48, n_heads=5, n_layers=3))
    for name, values in one.named_parameters():
        assert values.untyped_storage().data_ptr() == other.get_parameter(name).untyped_storage().data_ptr(), name


@pytest.mark.usefixtures("trained")
def test_trained_weights_offer_their_own_sizes_and_nothing_that_cannot_change() -> None:
    app = visit()
    assert settings_on_screen(app).weights == "trained"
    offered = {name: app.select_slider(key=name).options for name in ("layers", "heads", "d_model")}
    assert offered == {"layers": ["1", "2", "3"], "heads": ["1", "2", "3", "4", "5"], "d_model": ["16", "32", "48"]}
    assert not app.number_input
    assert [control.key for control in app.segmented_control if control.key in ("norm", "positions")] == []
    assert "Positions (learned) and LayerNorm (post) are as they were in training." in drawn_as_markdown(app)


@pytest.mark.usefixtures("trained")
def test_the_badge_says_what_the_weights_were_trained_on() -> None:
    app = visit()
    assert "Trained on 145,000 picture captions" in drawn_as_markdown(app)
    assert "badge[Random weights]" not in drawn_as_markdown(app)


def test_the_live_page_shows_the_slice_of_every_position_of_the_controls(trained: NestedEncoder) -> None:
    app = visit(sentence="two dogs run", layers="2", heads="5", d_model="16")
    for name, value in (("layers", 3), ("heads", 2), ("d_model", 48)):
        move(app, name, value)
        settings = settings_on_screen(app)
        header, drawn = attention_on_screen(app)
        assert header["tokens"] == ["[CLS]", "two", "dogs", "run", "[SEP]"]
        ids = torch.tensor([tokenizer().encode(settings.sentence).ids])
        expected = trained.at(settings.layers, settings.heads, settings.d_model)(ids)
        for layer in range(settings.layers):
            for tensor in ("query", "weights"):
                values = expected[f"layers.{layer}.attention.{tensor}"][0].detach().numpy()
                assert (drawn[tensor][layer] == values).all()


@pytest.mark.usefixtures("trained")
def test_moving_from_random_to_trained_goes_to_the_nearest_values_and_says_so() -> None:
    app = visit(weights="random", layers="12", d_model="512", norm="pre", positions="none", seed="7")
    move(app, "weights", "trained")
    settings = settings_on_screen(app)
    assert (settings.layers, settings.heads, settings.d_model) == (3, 4, 48)
    moves = "Layers 12 → 3, d_model 512 → 48, Positions none → learned, LayerNorm pre → post"
    assert [notice.value for notice in app.toast] == [f"The trained weights move {moves}."]


@pytest.mark.usefixtures("trained")
def test_what_nobody_chose_moves_in_silence() -> None:
    app = visit(weights="random")
    assert settings_on_screen(app).positions == "sinusoidal"
    for weights in ("trained", "random", "trained"):
        move(app, "weights", weights)
        assert not app.toast
        assert not app.info


@pytest.mark.usefixtures("trained")
def test_back_with_random_weights_all_is_as_it_was_but_what_was_chosen_meanwhile() -> None:
    app = visit(weights="random", layers="12", heads="3", d_model="512", norm="pre", positions="none", seed="7")
    before = settings_on_screen(app)
    for _ in range(2):
        move(app, "weights", "trained")
        move(app, "weights", "random")
        assert settings_on_screen(app) == before

    move(app, "weights", "trained")
    move(app, "layers", 2)
    move(app, "weights", "random")
    assert settings_on_screen(app) == dataclasses.replace(before, layers=2)


@pytest.mark.usefixtures("trained")
def test_random_weights_are_the_same_whatever_was_looked_at_before() -> None:
    app = visit(weights="random")
    before = settings_on_screen(app)
    move(app, "weights", "trained")
    assert settings_on_screen(move(app, "weights", "random")) == before


@pytest.mark.usefixtures("trained")
def test_only_possible_values_are_near() -> None:
    assert [nearest("layers", value, "trained") for value in (0, 2, 12)] == [1, 2, 3]
    assert nearest("d_model", 39, "trained") == 32
    assert {nearest("positions", value, "trained") for value in ("none", "sinusoidal", "<b>")} == {"learned"}
