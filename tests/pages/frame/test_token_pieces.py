import pytest

from pages.frame.forward_pass import tokenizer
from pages.frame.token_pieces import pieces_html, summary


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("two dogs run", "5 tokens"),
        ("photosynthesis", "7 tokens, 1 word split into pieces"),
        ("photosynthesis photosynthesis", "12 tokens, 2 words split into pieces"),
        ("a 😀 dog 😀", "6 tokens, 2 unknown"),
    ],
)
def test_the_summary_counts_tokens_split_words_and_unknown_words(text: str, expected: str) -> None:
    assert summary(tokenizer().encode(text)) == expected


def test_special_continued_and_unknown_pieces_are_told_apart() -> None:
    text = "[MASK] dogs photosynthesis 😀"
    drawn = pieces_html(tokenizer().encode(text), text)

    assert drawn.count('class="special"') == 3
    assert drawn.count('class="word"') == 2
    assert drawn.count('class="continued"') == 4
    assert '<li class="unknown"><bdi>😀 → [UNK]</bdi></li>' in drawn


def test_typed_markup_is_escaped() -> None:
    text = "<b>😀&"
    drawn = pieces_html(tokenizer().encode(text), text)

    assert "&lt;" in drawn
    assert "<b>" not in drawn
