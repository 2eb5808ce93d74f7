import numpy as np
import plotly.graph_objects as go
import pytest

from pages.charts.theme import MEANINGS, colour, scale, styled
from tests.palettes import DARK, LIGHT, Palette

BOTH = pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])


# What is left of linear RGB for an eye that lacks one kind of cone: Machado, Oliveira and Fernandes 2009, severity 1.
DICHROMACY = {
    "without red cones": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "without green cones": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.01182, 0.04294, 0.968881],
    ],
    "without blue cones": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.3039],
    ],
}


def linear(colour: str) -> np.ndarray:
    """The colour's red, green and blue light, from 0 to 1."""
    parts = np.array([int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def seen_as(vision: str, colour: str) -> np.ndarray:
    return np.array(DICHROMACY[vision]) @ linear(colour)


def luminance(colour: str) -> float:
    """The relative luminance of WCAG 2.1."""
    return float(linear(colour) @ [0.2126, 0.7152, 0.0722])


def contrast(first: str, second: str) -> float:
    dark, light = sorted([luminance(first), luminance(second)])
    return (light + 0.05) / (dark + 0.05)


def test_the_vocabulary_is_the_house_s() -> None:
    named = {name: (LIGHT[name], DARK[name]) for name in ("query", "key", "value", "attention", "residual")}
    assert named == {
        "query": ("#1f6fd1", "#6cb2ff"),
        "key": ("#b85c00", "#ffa24c"),
        "value": ("#1b7f4b", "#4cc38a"),
        "attention": ("#7b3fb5", "#c39bff"),
        "residual": ("#5f6672", "#a9b0bb"),
    }


@BOTH
def test_the_vocabulary_can_be_read_as_text(palette: Palette) -> None:
    words = ("query", "key", "value", "attention", "residual", "emphasis")
    assert min(contrast(palette[word], palette.background) for word in words) >= 4.5
    assert contrast(palette["quiet"], palette.background) >= 3


@BOTH
def test_negative_and_positive_are_the_ends_of_the_scale_of_signed_numbers(palette: Palette) -> None:
    assert (palette["negative"], palette["positive"]) == (palette.diverging[0], palette.diverging[-1])


@BOTH
def test_more_is_always_further_from_the_background(palette: Palette) -> None:
    steps = [contrast(colour, palette.background) for colour in palette.sequential]
    assert steps == sorted(steps)
    for arm in (palette.diverging[4::-1], palette.diverging[5:]):
        steps = [contrast(colour, palette.background) for colour in arm]
        assert steps == sorted(steps)
        assert steps[-1] >= 4.5


@BOTH
@pytest.mark.parametrize("vision", DICHROMACY)
def test_negative_and_positive_differ_for_every_kind_of_colour_vision(palette: Palette, vision: str) -> None:
    for negative, positive in zip(palette.diverging[3::-1], palette.diverging[6:], strict=True):
        difference = seen_as(vision, negative) - seen_as(vision, positive)
        assert np.linalg.norm(difference) > 0.1


def test_each_meaning_has_a_placeholder_of_its_own() -> None:
    assert len({colour(meaning) for meaning in MEANINGS}) == len(MEANINGS) == len(LIGHT.categorical)


def test_zero_stands_in_the_middle_of_the_diverging_scale() -> None:
    stops = [stop for stop, _ in scale("diverging")]
    assert stops.count(0.5) == 2
    assert [1 - stop for stop in reversed(stops)] == stops
    assert LIGHT.diverging[4] == LIGHT.diverging[5]
    assert DARK.diverging[4] == DARK.diverging[5]


@pytest.mark.parametrize("name", ["rainbow", "jet", "hsv", "turbo", "Viridis"])
def test_a_rainbow_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=rf"'{name}' is not one of this house's; allowed are .* choose one"):
        scale(name)


def test_a_meaning_without_a_colour_is_refused() -> None:
    with pytest.raises(ValueError, match="No colour stands for 'loss'; choose one of these meanings: query, key"):
        colour("loss")


def test_a_styled_figure_leaves_the_finger_to_the_page() -> None:
    figure = styled(go.Figure(go.Scatter(x=[0], y=[0])), height=200)
    assert figure.layout.dragmode is False
    assert figure.layout.xaxis.fixedrange
    assert figure.layout.yaxis.fixedrange
