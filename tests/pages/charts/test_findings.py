import numpy as np

from pages.charts.findings import (
    curves_finding,
    extremes_finding,
    followed_finding,
    lengths_finding,
    numbers_finding,
    offsets_finding,
    spheres_finding,
)

NORMS = np.array([[3.0, 9.0, 8.0], [4.0, 2.0, 8.0]])
SITES = ["at the start", "in the middle", "at the end"]


def test_numbers_are_counted_and_bounded() -> None:
    found = numbers_finding("position P", np.array([[-1.0, 0.5, 0.25], [0.0, 0.0, 1.0]]))
    assert found == "position P of 2 tokens in 3 dimensions: the numbers run from −1.00 to 1.00."


def test_curves_tell_their_wavelengths_only_if_they_have_some() -> None:
    bare = "Dimensions 1, 2 of the position encoding, at 7 positions."
    assert curves_finding([1, 2], 7, None) == bare
    assert curves_finding([1, 2], 7, np.array([6.2832, 628.32])) == f"{bare} They turn once every 6.28, 628 tokens."


def test_offsets_tell_how_much_the_offset_alone_leaves_open() -> None:
    mean, smallest, largest = np.array([[3.0, 2.0, 1.0], [3.0, 1.5, 1.0], [3.0, 2.25, 1.0]])
    found = offsets_finding(mean, smallest, largest)
    assert "is 3.00 at offset 0 and 1.00 at offset 2" in found
    assert found.endswith("with the same offset differ by at most 0.750.")


def test_lengths_are_told_for_tokens_and_for_positions_if_there_are_any() -> None:
    token, position = np.array([7.5, 8.5]), np.array([5.0, 5.0])
    assert lengths_finding(token, None) == (
        "The tokens' vectors are 7.50 to 8.50 long. Positions are switched off: nothing is added."
    )
    assert lengths_finding(token, position).endswith("8.50 long, the positions' 5.00.")


def test_extremes_name_token_site_and_number() -> None:
    assert extremes_finding("‖x‖", NORMS, ["cat", "sat"], SITES) == (
        "‖x‖ of 2 tokens at 3 sites. Largest: 9.00 (token 0, cat, in the middle). "
        "Smallest: 2.00 (token 1, sat, in the middle)."
    )


def test_a_followed_token_is_told_from_start_to_end() -> None:
    found = followed_finding(NORMS, ["cat", "sat"], 0)
    assert found == "‖x‖ of token 0, cat: 3.00 at the embedding, 9.00 at most, 8.00 at the end."


def test_spheres_tell_apart_what_stands_before_and_after_a_layer_norm() -> None:
    norms = np.array([[1.0, 9.0, 8.0], [1.5, 2.0, 8.0]])
    assert spheres_finding(norms, [False, False, True], 64) == (
        "Measured now: ‖x‖ is 1.00 to 1.50 at the embedding, 8.00 right after a LayerNorm, and 2.00 to 9.00 over "
        "all other sites; √d_model is 8.00."
    )
