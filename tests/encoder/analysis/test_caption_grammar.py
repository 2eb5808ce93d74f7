"""The little grammar finds what is clear in real captions, and leaves the rest alone."""

import pytest

from encoder.analysis.caption_grammar import nouns_of_determiners, subject_of_copula
from encoder.tokenizer import Tokenizer

TOKENIZER = Tokenizer.load()


def named(text: str, found: list[tuple[int, int]]) -> list[str]:
    pieces = TOKENIZER.encode(text).pieces
    return [f"{pieces[query]} {pieces[key]}" for query, key in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A man in a green shirt and a red life jacket.", ["a man", "a shirt", "a jacket"]),
        ("A group of people stand in the back.", []),
        ("The smiling man is old.", ["the man"]),
        ("Some very, very old dog", []),
    ],
)
def test_a_determiner_belongs_to_the_noun_of_its_phrase(text: str, expected: list[str]) -> None:
    assert named(text, nouns_of_determiners(TOKENIZER.encode(text).pieces)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A woman in a green hat is holding a tray.", ["is woman"]),
        ("Men in red hats are playing.", ["are men"]),
        ("A man and a boy are laughing.", []),
        ("There is a woman.", []),
        ("A man runs.", []),
        ("A man who is old runs.", []),
    ],
)
def test_the_subject_of_is_or_are_is_the_first_noun_if_nothing_else_could_be(text: str, expected: list[str]) -> None:
    assert named(text, subject_of_copula(TOKENIZER.encode(text).pieces)) == expected


def test_a_copula_with_nothing_before_it_has_no_subject() -> None:
    assert subject_of_copula(["is"]) == subject_of_copula(["are", "men"]) == []
