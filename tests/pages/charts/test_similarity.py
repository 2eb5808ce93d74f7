import numpy as np
import pytest

from pages.charts.similarity import similarity, similarity_finding

COSINES = np.array([[1.0, 0.25, -0.5], [0.25, 1.0, 0.125], [-0.5, 0.125, 1.0]])
TOKENS = ["the", "<b>", "the"]


def test_the_map_holds_the_cosines_and_names_both_tokens() -> None:
    figure = similarity(COSINES, TOKENS, "E[t]")
    np.testing.assert_array_equal(figure.data[0].z, COSINES.astype(np.float32))
    assert figure.data[0].hovertemplate == "E[t]<br>of %{y}<br>and %{x}<br>cosine = %{z:.4f}<extra></extra>"
    assert figure.layout.xaxis.ticktext == figure.layout.yaxis.ticktext == ("0 · the", "1 · &lt;b&gt;", "2 · the")


@pytest.mark.parametrize("share", [1.0, 0.01])
def test_a_colour_means_the_same_cosine_in_every_drawing(share: float) -> None:
    (drawn,) = similarity(share * COSINES, TOKENS, "E[t]").data
    assert (drawn.zmin, drawn.zmax) == (-1.0, 1.0)


def test_the_finding_names_the_most_and_the_least_alike_and_no_token_with_itself() -> None:
    assert similarity_finding(COSINES, TOKENS, "E[t]") == (
        "Cosines of E[t] between 3 tokens. Most alike: 0 · the and 1 · <b>, 0.250. Least: 0 · the and 2 · the, −0.500."
    )


def test_cosines_that_are_not_one_row_and_column_per_token_are_refused() -> None:
    with pytest.raises(ValueError, match=r"shape \(3, 2\) for 3 tokens; they must be"):
        similarity(COSINES[:, :2], TOKENS, "E[t]")
