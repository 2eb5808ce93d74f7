"""Every cell of a table of colours can be chosen, and says what it says when it is pointed at."""

import numpy as np
import plotly.graph_objects as go

from pages.charts.choosable import choosable
from pages.charts.effect_map import effect_map

EFFECTS = np.array([[0.1, 0.2, 0.0], [-0.3, 0.4, 0.5]])


def drawn() -> go.Figure:
    names = ["layer 0", "layer 1"], ["0", "1", "2"]
    return effect_map(EFFECTS, *names, columns_name="head", name="effect", is_signed=True)


def test_each_cell_has_one_point_that_speaks_for_it() -> None:
    figure, before = choosable(drawn()), drawn().data[0]
    cells, points = figure.data
    assert [(y, x) for y, x in zip(points.y, points.x, strict=True)] == [(y, x) for y in (0, 1) for x in (0, 1, 2)]
    assert list(points.customdata) == [words for row in before.customdata for words in row]
    assert points.hovertemplate == before.hovertemplate
    assert (cells.hoverinfo, cells.hovertemplate) == ("skip", None)


def test_only_a_chosen_point_is_seen_and_the_colours_stay() -> None:
    figure = choosable(drawn())
    cells, points = figure.data
    assert (points.marker.opacity, points.unselected.marker.opacity, points.selected.marker.opacity) == (0, 0, 1)
    np.testing.assert_array_equal(cells.z, drawn().data[0].z)
