import json

import numpy as np
import pytest

from pages.charts.effect_map import effect_map, effects_finding

ROWS, COLUMNS = ["attention.query", "attention.weights"], ["0", "1", "2"]
EFFECTS = np.array([[0.0, 1e-9, 0.25], [np.nan, np.inf, 0.5]])


def test_exactly_nothing_is_marked_and_hardly_anything_is_not() -> None:
    drawn = effect_map(EFFECTS, ROWS, COLUMNS, columns_name="layer", name="relative change", edited={(1, 2)}).data[0]
    assert [list(row) for row in drawn.text] == [["=", "", ""], ["", "", "✎"]]
    assert [list(row) for row in drawn.customdata] == [
        ["exactly 0, unchanged", "1.00·10⁻⁹", "0.250"],
        ["", "∞", "0.500, edited here"],
    ]


def test_what_is_infinite_has_the_strongest_colour_and_what_is_missing_none() -> None:
    drawn = effect_map(EFFECTS, ROWS, COLUMNS, columns_name="layer", name="relative change").data[0]
    np.testing.assert_array_equal(drawn.z, np.float32([[0, 1e-9, 0.25], [np.nan, drawn.zmax, 0.5]]))
    assert (drawn.zmin, drawn.zmax) == (0.0, 0.5)


def test_signed_effects_run_about_zero_and_are_written_into_their_cells() -> None:
    effects = np.array([[-0.5, 0.0], [0.25, 1.0]])
    figure = effect_map(
        effects, ["layer 0", "layer 1"], ["0", "1"], columns_name="head", name="accuracy", is_signed=True, figures=True
    )
    drawn = figure.data[0]
    assert drawn.zmin == -drawn.zmax
    assert [list(row) for row in drawn.text] == [["−0.500", "="], ["0.250", "1.00"]]
    json.loads(figure.to_json())


def test_figures_are_left_out_where_a_phone_has_no_room_for_them() -> None:
    drawn = effect_map(
        np.ones((1, 5)), ["layer 0"], [str(head) for head in range(5)], columns_name="head", name="x", figures=True
    ).data[0]
    assert set(drawn.text[0]) == {""}


def test_the_finding_names_the_place_that_stands_out_and_counts_what_is_unchanged() -> None:
    finite = np.array([[0.0, -2.0, 0.25], [np.nan, 0.0, 0.5]])
    assert effects_finding(finite, ROWS, COLUMNS, "layer") == (
        "Largest: attention.query, layer 1, −2.00. Exactly unchanged: 2 of 5."
    )
    assert effects_finding(EFFECTS, ROWS, COLUMNS, "layer").startswith("Largest: attention.weights, layer 1, ∞.")
    assert effects_finding(np.zeros((2, 3)), ROWS, COLUMNS, "layer") == "Exactly unchanged: 6 of 6."


@pytest.mark.parametrize("effects", [np.array([[0.1, np.nan, -2.0]]), np.full((1, 3), np.nan)])
def test_signed_effects_that_are_missing_stay_empty(effects: np.ndarray) -> None:
    figure = effect_map(effects, ["layer 0"], COLUMNS, columns_name="head", name="x", is_signed=True)
    np.testing.assert_array_equal(figure.data[0].z, np.float32(effects))
    assert np.isfinite([figure.data[0].zmin, figure.data[0].zmax]).all()


@pytest.mark.parametrize(("rows", "columns"), [(ROWS[:1], COLUMNS), (ROWS, COLUMNS[:2])])
def test_each_row_and_column_needs_its_name(rows: list[str], columns: list[str]) -> None:
    with pytest.raises(ValueError, match=r"must be \[row, column\]|Give one for each"):
        effect_map(EFFECTS, rows, columns, columns_name="layer", name="relative change")
