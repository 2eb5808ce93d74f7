import numpy as np
import plotly.graph_objects as go
import pytest

from pages.charts.gram import gram
from pages.charts.heatmap import heatmap
from pages.charts.site_heatmap import site_heatmap
from pages.charts.theme import scale

TOKENS = ["[CLS]", "the", "<b>", "the", "[SEP]"]
SITES = ["after the embedding", "layer 0, after attention was added", "layer 0, after attention's LayerNorm"]
GROUPS = ["x₀", "layer 0", "layer 0"]
RANDOM = np.random.default_rng(0)


def map_of(figure: go.Figure) -> go.Heatmap:
    (trace,) = figure.data
    return trace


def test_a_heatmap_draws_exactly_the_numbers_given() -> None:
    values = RANDOM.normal(size=(5, 7)).astype(np.float32)
    drawn = map_of(heatmap(values, TOKENS, name="position encoding"))
    assert drawn.z.dtype == np.float32
    np.testing.assert_array_equal(drawn.z, values)


def test_the_columns_are_named_below_their_numbers() -> None:
    figure = heatmap(np.ones((5, 7)), TOKENS, name="P")
    (name,) = figure.layout.annotations
    assert (name.text, name.y, name.yanchor) == ("dimension", 0, "top")
    assert -name.yshift < figure.layout.margin.b  # there is room for it
    assert figure.layout.xaxis.title.text is None


def test_a_signed_heatmap_is_symmetric_about_zero_and_prints_its_limit() -> None:
    values = RANDOM.normal(size=(5, 7))
    drawn = map_of(heatmap(values, TOKENS, name="position encoding"))
    assert drawn.zmin == -drawn.zmax
    assert drawn.colorscale == scale("diverging")
    assert drawn.colorbar.title.text.startswith("colour ends at ±")
    assert drawn.colorbar.tickvals == (drawn.zmin, 0.0, drawn.zmax)


def test_a_heatmap_of_sizes_begins_at_zero() -> None:
    drawn = map_of(site_heatmap(np.array([[3.0, 4.0]]), ["a"], SITES[:2], GROUPS[:2], name="‖x‖"))
    assert (drawn.zmin, drawn.zmax) == (0.0, 4.0)
    assert drawn.colorscale == scale("sequential")


def test_rows_are_tokens_and_repeated_words_keep_their_own() -> None:
    axis = heatmap(np.ones((5, 7)), TOKENS, name="P").layout.yaxis
    assert list(axis.tickvals) == [0, 1, 2, 3, 4]
    assert axis.ticktext == ("0 · [CLS]", "1 · the", "2 · &lt;b&gt;", "3 · the", "4 · [SEP]")


def test_pointing_names_token_dimension_and_number() -> None:
    hover = map_of(heatmap(np.ones((5, 7)), TOKENS, name="position encoding")).hovertemplate
    assert hover == "token %{y}<br>dimension %{x}<br>position encoding = %{z:.4f}<extra></extra>"


def test_columns_can_be_units() -> None:
    figure = heatmap(np.ones((5, 17)), TOKENS, name="activation", column="unit", below="hidden unit")
    assert map_of(figure).hovertemplate == "token %{y}<br>unit %{x}<br>activation = %{z:.4f}<extra></extra>"
    assert [label.text for label in figure.layout.annotations] == ["hidden unit"]
    with pytest.raises(ValueError, match=r"they must be \[token, unit\]"):
        heatmap(np.ones((3, 17)), TOKENS, name="activation", column="unit")


def test_columns_are_sites_named_in_words_and_grouped_by_layer() -> None:
    values = RANDOM.uniform(size=(5, 3))
    figure = site_heatmap(values, TOKENS, SITES, GROUPS, name="‖x‖")
    assert figure.layout.xaxis.ticktext == tuple(SITES)
    assert [(label.text, label.x) for label in figure.layout.annotations] == [("x₀", 0.0), ("layer 0", 1.5)]
    assert map_of(figure).hovertemplate == "token %{y}<br>%{x}<br>‖x‖ = %{z:.4f}<extra></extra>"


def test_many_layers_are_labelled_by_their_number() -> None:
    groups = [f"layer {layer}" for layer in range(12)]
    figure = site_heatmap(np.ones((5, 12)), TOKENS, groups, groups, name="‖x‖")
    assert [label.text for label in figure.layout.annotations] == [*(str(layer) for layer in range(12)), "layer"]


def test_a_gram_matrix_names_both_positions() -> None:
    products = RANDOM.normal(size=(5, 5))
    figure = gram(products, TOKENS)
    np.testing.assert_array_equal(map_of(figure).z, products.astype(np.float32))
    assert figure.layout.xaxis.ticktext == figure.layout.yaxis.ticktext
    assert figure.layout.xaxis.showticklabels is not False


def test_too_many_tokens_for_labels_side_by_side_are_still_read_by_pointing() -> None:
    layout = gram(np.ones((37, 37)), ["the"] * 37).layout
    for axis in (layout.xaxis, layout.yaxis):
        assert axis.showticklabels is False
        assert len(axis.ticktext) == 37
    assert layout.margin.l >= 40  # or the number at the left end of the legend is cut


def test_values_with_another_number_of_rows_are_refused() -> None:
    with pytest.raises(ValueError, match=r"shape \(3, 7\) for 5 tokens; they must be \[token, dimension\].*one trace"):
        heatmap(np.ones((3, 7)), TOKENS, name="P")


def test_values_with_another_number_of_columns_are_refused() -> None:
    with pytest.raises(ValueError, match=r"shape \(5, 2\) for 3 sites in 3 groups; they must be \[token, site\]"):
        site_heatmap(np.ones((5, 2)), TOKENS, SITES, GROUPS, name="‖x‖")


def test_a_gram_matrix_that_is_not_square_is_refused() -> None:
    with pytest.raises(ValueError, match=r"shape \(5, 7\) for 5 tokens; they must be \[position, position\]"):
        gram(np.ones((5, 7)), TOKENS)


def test_another_kind_of_scale_is_refused() -> None:
    with pytest.raises(ValueError, match="'jet' is not one of this house's"):
        site_heatmap(np.ones((5, 3)), TOKENS, SITES, GROUPS, name="P", kind="jet")
