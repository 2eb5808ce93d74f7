import pytest

from pages.charts.labels import height_of_rows, plain, token_labels, token_rows


@pytest.mark.parametrize("typed", ["<b>bold</b>", '<a href="https://example.com">', "<br>", "a & b"])
def test_markup_is_written_out(typed: str) -> None:
    assert "<" not in plain(typed)
    assert plain(typed).count("&") >= 1


def test_a_word_that_looks_like_a_placeholder_colour_stays_a_word() -> None:
    assert "#000001" not in plain("#000001").replace("&#35;", "")


def test_no_formula_begins_in_a_token() -> None:
    assert "$" not in plain("$x$")


def test_repeated_words_have_rows_of_their_own() -> None:
    rows = token_rows(["the", "cat", "the"])
    assert list(rows["tickvals"]) == [0, 1, 2]  # type: ignore[call-overload]
    assert rows["ticktext"] == ["0 · the", "1 · cat", "2 · the"]
    assert token_labels(["the", "the"])[0] != token_labels(["the", "the"])[1]


def test_the_first_token_stands_at_the_top() -> None:
    assert token_rows(["a", "b", "c"])["range"] == [2.5, -0.5]


def test_more_tokens_make_a_higher_chart() -> None:
    heights = [height_of_rows(rows) for rows in (2, 24, 64, 128)]
    assert heights == sorted(heights)
    assert heights[0] >= 140
