import numpy as np
import pytest

from pages.charts.depth_line import depth_finding, depth_line
from pages.charts.size_map import size_map, sizes_finding

# [layers, heads, width]: three depths, five heads, two widths, every figure another
ACCURACY = np.arange(1, 31, dtype=np.float32).reshape(3, 5, 2) / 100
WIDTHS = [16, 32]


def test_every_shape_stands_once_in_the_map_and_pointing_at_it_names_it() -> None:
    drawn = size_map(ACCURACY, WIDTHS, here=(1, 1, 16)).data[0]
    shown = {words: value for words, value in zip(drawn.text.ravel(), drawn.z.ravel(), strict=True) if words}
    assert len(shown) == 30
    assert shown["1 layer, 1 head, d_model 16"] == ACCURACY[0, 0, 0]
    assert shown["2 layers, 1 head, d_model 32"] == ACCURACY[1, 0, 1]
    assert shown["3 layers, 5 heads, d_model 16"] == ACCURACY[2, 4, 0]
    assert np.isnan(drawn.z[drawn.text == ""]).all()


@pytest.mark.parametrize("here", [(1, 1, 16), (2, 4, 32), (3, 5, 16)])
def test_the_frame_stands_around_the_shape_in_use(here: tuple[int, int, int]) -> None:
    drawn, frame, inner_frame = size_map(ACCURACY, WIDTHS, here=here).data
    assert (frame.x, frame.y) == (inner_frame.x, inner_frame.y)
    row, column = int(np.mean([min(frame.y), max(frame.y)])), int(np.mean([min(frame.x), max(frame.x)]))
    assert drawn.z[row, column] == ACCURACY[here[0] - 1, here[1] - 1, WIDTHS.index(here[2])]
    assert (max(frame.x) - min(frame.x), max(frame.y) - min(frame.y)) == (1, 1)


def test_colours_run_from_the_worst_shape_to_the_best() -> None:
    drawn = size_map(ACCURACY, WIDTHS, here=(1, 1, 16)).data[0]
    assert (drawn.zmin, drawn.zmax) == (ACCURACY.min(), ACCURACY.max())


def test_the_finding_says_where_you_are() -> None:
    accuracy = ACCURACY.copy()
    accuracy[0, 0, 1] = 0.001
    assert sizes_finding(accuracy, WIDTHS, (2, 1, 32)) == (
        "You are here: 2 layers, 1 head, d_model 32, accuracy 0.120. "
        "Lowest: 1 layer, 1 head, d_model 32, accuracy 0.00100. "
        "Highest: 3 layers, 5 heads, d_model 32, accuracy 0.300."
    )


@pytest.mark.parametrize("here", [(0, 1, 16), (4, 1, 16), (1, 6, 16), (1, 1, 48)])
def test_a_shape_that_is_not_in_the_table_cannot_be_marked(here: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match=r"allowed are 1 to 3 layers, 1 to 5 heads and a d_model of 16, 32\."):
        size_map(ACCURACY, WIDTHS, here=here)


def test_a_table_with_other_widths_is_refused() -> None:
    with pytest.raises(ValueError, match=r"accuracy has the shape \(3, 5, 2\) for 1 widths"):
        size_map(ACCURACY, [16], here=(1, 1, 16))


def test_the_line_holds_the_probability_after_each_layer() -> None:
    line = depth_line([0.25, 0.5, 0.125], "<b>").data[0]
    assert list(line.y) == [0.25, 0.5, 0.125]
    assert list(line.x) == [0, 1, 2]
    assert line.hovertemplate == "after layer %{x}<br>&lt;b&gt;: %{y:.4p}<extra></extra>"


def test_the_finding_names_the_depth_that_believes_most() -> None:
    assert depth_finding([0.25, 0.5, 0.125], "dog") == (
        "Probability of dog: 0.250 after the first layer, 0.125 after the last; the most is 0.500, after layer 1."
    )


def test_a_line_without_layers_is_refused() -> None:
    with pytest.raises(ValueError, match="There are no probabilities to draw; give one for each layer"):
        depth_line([], "dog")
