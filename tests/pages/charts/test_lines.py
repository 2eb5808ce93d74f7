import numpy as np
import pytest

from pages.charts.curves import curves
from pages.charts.norm_lines import norm_lines
from pages.charts.norm_pair import norm_pair
from pages.charts.offset_curve import offset_curve

TOKENS = ["[CLS]", "the", "<b>", "the", "[SEP]"]
SITES = ["after the embedding", "layer 0, after attention was added", "layer 0, after attention's LayerNorm"]
GROUPS = ["x₀", "layer 0", "layer 0"]
RANDOM = np.random.default_rng(0)


def test_each_token_has_a_line_and_repeated_words_do_not_merge() -> None:
    norms = RANDOM.uniform(1, 9, size=(5, 3)).astype(np.float32)
    everyone, followed = norm_lines(norms, TOKENS, SITES, GROUPS, followed=3).data
    lines = np.asarray(everyone.y).reshape(5, 4)
    np.testing.assert_array_equal(lines[:, :3], norms)
    assert np.isnan(lines[:, 3]).all()  # the gap between two tokens' lines
    assert list(everyone.text[4:7]) == ["1 · the"] * 3
    assert list(everyone.text[12:15]) == ["3 · the"] * 3
    np.testing.assert_array_equal(followed.y, norms[3])
    assert set(followed.text) == {"3 · the"}


def test_pointing_at_a_line_names_token_site_and_number() -> None:
    figure = norm_lines(np.ones((5, 3)), TOKENS, SITES, GROUPS, followed=0)
    assert {trace.hovertemplate for trace in figure.data} == {"token %{text}<br>%{x}<br>‖x‖ = %{y:.4f}<extra></extra>"}
    assert figure.layout.xaxis.ticktext == tuple(SITES)
    named = norm_lines(np.ones((5, 3)), TOKENS, SITES, GROUPS, followed=0, name="length")
    assert {trace.hovertemplate for trace in named.data} == {
        "token %{text}<br>%{x}<br>length = %{y:.4f}<extra></extra>"
    }
    assert (figure.layout.yaxis.title.text, named.layout.yaxis.title.text) == ("‖x‖", "length")


def test_markup_in_a_token_is_not_drawn_as_markup() -> None:
    figure = norm_lines(np.ones((5, 3)), TOKENS, SITES, GROUPS, followed=2)
    assert "<b>" not in figure.to_json()


@pytest.mark.parametrize("followed", [-1, 5])
def test_only_a_position_in_the_sentence_can_be_followed(followed: int) -> None:
    with pytest.raises(ValueError, match=f"followed is {followed}; allowed is a position in the sentence, 0 to 4"):
        norm_lines(np.ones((5, 3)), TOKENS, SITES, GROUPS, followed=followed)


def test_curves_carry_the_exact_values_of_their_dimension() -> None:
    encoding = RANDOM.normal(size=(11, 7)).astype(np.float32)
    first, second = curves(encoding, [2, 5], TOKENS).data
    np.testing.assert_array_equal(first.customdata, encoding[:, 2])
    np.testing.assert_array_equal(second.customdata, encoding[:, 5])
    np.testing.assert_array_equal(first.marker.color, encoding[:, 2])
    assert first.hovertemplate == "position %{text}<br>dimension 2 = %{customdata:.4f}<extra></extra>"


def test_curves_name_the_wavelength_where_there_is_one() -> None:
    encoding, wavelengths = np.ones((11, 4)), np.array([6.2832, 628.32])
    assert curves(encoding, [1, 2], TOKENS, wavelengths).layout.yaxis.ticktext == (
        "dimension 1<br>λ = 6.28 tokens",
        "dimension 2<br>λ = 628 tokens",
    )
    assert curves(encoding, [1, 2], TOKENS).layout.yaxis.ticktext == ("dimension 1", "dimension 2")


def test_curves_go_on_behind_the_sentence_with_bare_positions() -> None:
    (curve,) = curves(np.ones((7, 3)), [0], TOKENS).data
    assert list(curve.text[3:]) == ["3 · the", "4 · [SEP]", "5", "6"]


def test_curves_do_not_cross_from_one_line_into_another() -> None:
    encoding = RANDOM.normal(size=(11, 4))
    for row, curve in enumerate(curves(encoding, [0, 1, 2, 3], TOKENS).data):
        assert np.abs(np.asarray(curve.y) + row).max() < 0.5


@pytest.mark.parametrize("dimensions", [[], [7], [-1]])
def test_curves_of_dimensions_that_do_not_exist_are_refused(dimensions: list[int]) -> None:
    with pytest.raises(ValueError, match="choose at least one from 0 to 6"):
        curves(np.ones((5, 7)), dimensions, TOKENS)


def test_the_band_around_the_offset_curve_is_the_range_over_all_pairs() -> None:
    mean, smallest, largest = np.array([[3.0, 2.0, 1.0], [3.0, 1.5, 0.5], [3.0, 2.5, 1.0]])
    low, high, middle = offset_curve(mean, smallest, largest).data
    np.testing.assert_array_equal(low.y, smallest)
    np.testing.assert_array_equal(high.y, largest)
    np.testing.assert_array_equal(middle.y, mean)
    assert high.fill == "tonexty"


def test_offset_curves_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(3,\), \(3,\) and \(2,\); they must all be \[offset\]"):
        offset_curve(np.ones(3), np.ones(3), np.ones(2))


def test_both_norms_of_a_token_stand_in_its_row() -> None:
    token, position = norm_pair(np.arange(5.0), np.full(5, 2.0), TOKENS).data
    np.testing.assert_array_equal(token.x, np.arange(5.0))
    np.testing.assert_array_equal(position.x, np.full(5, 2.0))
    np.testing.assert_array_equal(token.y, position.y)


def test_without_positions_only_the_token_is_drawn() -> None:
    (token,) = norm_pair(np.arange(5.0), None, TOKENS).data
    assert token.name == "token ‖E[t]‖"


def test_norms_that_are_not_one_per_token_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(5,\), \(4,\) for 5 tokens; they must be \[token\], one norm per token"):
        norm_pair(np.ones(5), np.ones(4), TOKENS)
