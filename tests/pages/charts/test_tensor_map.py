import numpy as np
import pytest

from pages.charts.tensor_map import TALLEST, tensor_finding, tensor_map
from pages.charts.theme import scale

AXES, LABELS = ("query", "d_head"), (["0 · the", "1 · <b>"], ["0", "1", "2"])
VALUES = np.array([[-1.0, 0.5, 0.25], [0.0, 3.0, 2.0]], np.float32)


def test_the_map_holds_the_numbers_and_names_both_axes() -> None:
    figure = tensor_map(VALUES, AXES, LABELS, "layers.0.attention.query")
    (drawn,) = figure.data
    np.testing.assert_array_equal(drawn.z, VALUES)
    assert drawn.colorscale == scale("diverging")
    assert drawn.hovertemplate == ("query %{y}<br>d_head %{x}<br>layers.0.attention.query = %{z:.6g}<extra></extra>")
    assert figure.layout.yaxis.ticktext == ("0 · the", "1 · &lt;b&gt;")
    assert figure.layout.xaxis.ticktext == ("0", "1", "2")
    assert figure.layout.yaxis.title.text == "query"
    assert [note.text for note in figure.layout.annotations] == ["d_head →"]


def test_numbers_that_are_never_negative_begin_at_zero() -> None:
    (drawn,) = tensor_map(np.abs(VALUES), AXES, LABELS, "weights").data
    assert (drawn.zmin, drawn.zmax, drawn.colorscale) == (0.0, 3.0, scale("sequential"))


def test_minus_infinity_stays_empty_and_is_counted() -> None:
    masked = VALUES.copy()
    masked[:, 1] = -np.inf
    (drawn,) = tensor_map(masked, AXES, LABELS, "masked_scores").data
    np.testing.assert_array_equal(np.isnan(drawn.z), masked == -np.inf)
    assert np.isfinite([drawn.zmin, drawn.zmax]).all()
    assert tensor_finding(masked, AXES, "masked_scores") == (
        "masked_scores [query 2 × d_head 3]: the numbers run from −1.00 to 2.00. 2 of them are −∞ and stay empty."
    )
    assert "no number is finite. 6 of them" in tensor_finding(np.full((2, 3), -np.inf), AXES, "masked_scores")


def test_a_map_of_many_rows_stays_on_the_screen() -> None:
    figure = tensor_map(np.ones((512, 2)), ("d_ff", "token"), ([str(unit) for unit in range(512)], ["a", "b"]), "A")
    assert figure.layout.height == TALLEST
    assert not figure.layout.yaxis.showticklabels


@pytest.mark.parametrize("values", [np.ones((3, 2)), np.ones(3)])
def test_values_without_their_labels_are_refused(values: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"for 2 and 3 labels; they must be \[row, column\]"):
        tensor_map(values, AXES, LABELS, "query")
