"""Any text becomes pieces that know where they stood in it."""

import json
import string
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from encoder.tokenizer import MAX_LENGTH
from tests.encoder.shipped_tokenizer import SHIPPED, TOKENIZER, typed, words

PRINTABLE_ASCII = "".join(sorted(set(string.printable) - set(string.whitespace)))
LATIN_1_LETTERS = "".join(chr(code) for code in range(0xC0, 0x100) if chr(code).isalpha())

# What lower-casing, composing or dropping changes, what nobody can see, and what is unknown.
FRAGMENTS = [
    *(
        "dog",
        "[MASK]",
        "é",
        "É",
        "ẞ",
        "İ",
        "\u212a",
        "e\u0301",
        "x\u0323",
        "\u0344",
        "가",
        "\u1100\u1161",
        "\ufb1d",
        "ǅ",
    ),
    *(" ", "\t", "\x85", "\u2028", "\0", "\x1c", "\u00ad", "\u200d", "\u202e", "\ufeff"),
    *("😀", "❤\ufe0f", "👩\u200d👩", "ש", "天", "\ufffd", "\ud800", "\udc00", "\ue000", "\U0010ffff"),
]
any_text = st.lists(st.characters() | st.sampled_from(FRAGMENTS), max_size=40).map("".join)


@given(any_text, st.integers(2, MAX_LENGTH))
@example("İstanbul e\u0301te\u0301 x\u0323y", MAX_LENGTH)
@example("\ud83d\ude00 \ud800", MAX_LENGTH)
def test_every_text_has_an_encoding_whose_parts_fit_together(text: str, max_length: int) -> None:
    encoding = TOKENIZER.encode(text, max_length)

    n_tokens = len(encoding.ids)
    assert 2 <= n_tokens <= max_length
    assert {len(encoding.pieces), len(encoding.is_special), len(encoding.is_unknown), len(encoding.spans)} == {n_tokens}
    assert encoding == TOKENIZER.encode(text, max_length)
    assert (encoding.pieces[0], encoding.pieces[-1]) == ("[CLS]", "[SEP]")
    assert encoding.is_empty == (n_tokens == 2)
    for token_id, piece, special, unknown in zip(
        encoding.ids, encoding.pieces, encoding.is_special, encoding.is_unknown, strict=True
    ):
        assert 0 <= token_id < TOKENIZER.vocab_size
        assert special == (piece in ("[CLS]", "[SEP]", "[MASK]"))
        assert unknown == (piece == "[UNK]")
        assert piece != "[PAD]"


@given(any_text)
@example("a\u0344")
def test_spans_go_through_the_text_from_left_to_right_and_end_where_the_cut_begins(text: str) -> None:
    encoding = TOKENIZER.encode(text, max_length=11)

    position = 0
    for start, end in encoding.spans[1:-1]:
        assert position <= start < end <= len(text)
        position = end
    assert encoding.spans[0] == (0, 0)
    assert encoding.spans[-1] == (position, position)
    assert encoding.cut in text[position:]


@given(st.text(PRINTABLE_ASCII + LATIN_1_LETTERS + " ", max_size=60))
def test_ordinary_text_is_never_unknown_and_every_character_of_it_stands_in_a_span(text: str) -> None:
    encoding = TOKENIZER.encode(text)

    assert not any(encoding.is_unknown)
    assert "".join(typed(text, encoding)) == text.replace(" ", "")
    for piece, as_typed in zip(words(encoding), typed(text, encoding), strict=True):
        assert piece == "[MASK]" or piece.removeprefix("##") in (as_typed.lower(), as_typed)


def test_every_ordinary_character_can_begin_a_word_and_continue_one() -> None:
    vocabulary = json.loads(SHIPPED.read_text(encoding="utf-8"))["model"]["vocab"]
    characters = {character.lower() for character in PRINTABLE_ASCII + LATIN_1_LETTERS}

    assert len(characters) == 68 + 32
    assert characters | {"##" + character for character in characters} <= vocabulary.keys()


def test_words_become_lower_case_pieces_that_remember_where_they_stood() -> None:
    text = "Two DOGS are snowboarding, bibliographically."
    encoding = TOKENIZER.encode(text)

    assert words(encoding)[:5] == ["two", "dogs", "are", "snowboarding", ","]
    assert "".join(piece.removeprefix("##") for piece in words(encoding)[5:]) == "bibliographically."
    assert "".join(typed(text, encoding)) == text.replace(" ", "")


def test_a_repeated_word_stays_two_tokens() -> None:
    assert words(TOKENIZER.encode("the dog and the dog")) == ["the", "dog", "and", "the", "dog"]


def test_mask_can_be_typed_and_other_special_pieces_are_ordinary_text() -> None:
    encoding = TOKENIZER.encode("the [MASK] runs [SEP] [PAD] [UNK] [CLS]")

    assert encoding.ids[2] == TOKENIZER.mask_id
    assert encoding.is_special[2]
    assert [piece for piece, special in zip(encoding.pieces, encoding.is_special, strict=True) if special] == [
        "[CLS]",
        "[MASK]",
        "[SEP]",
    ]
    assert not any(encoding.is_unknown)


@pytest.mark.parametrize(
    "word", ["<script>", "<img onerror>", "<b>", '<a href="x">', "![](x)", "$x$", ":red[x]", "**x**", "&amp;"]
)
def test_markup_is_text_like_any_other(word: str) -> None:
    encoding = TOKENIZER.encode(word)

    assert "".join(typed(word, encoding)) == word.replace(" ", "")
    assert not any(encoding.is_unknown)


def test_an_unknown_character_leaves_the_word_around_it_known() -> None:
    text = "dog😀😀s שלום"
    encoding = TOKENIZER.encode(text)

    assert words(encoding) == ["dog", "[UNK]", "s", "[UNK]"]
    assert typed(text, encoding) == ["dog", "😀😀", "s", "שלום"]
    assert encoding.is_unknown == (False, False, True, False, True, False)


@pytest.mark.parametrize("text", ["😀", "👩\u200d👩\u200d👧", "❤\ufe0f", "🇩🇪", "😀 😀 😀"])
def test_emoji_are_unknown_but_there(text: str) -> None:
    encoding = TOKENIZER.encode(text)

    assert set(words(encoding)) == {"[UNK]"}
    assert typed(text, encoding) == text.split()


def test_a_letter_and_the_accent_typed_after_it_are_one_piece_and_one_span() -> None:
    decomposed = unicodedata.normalize("NFD", "Café été")
    encoding = TOKENIZER.encode(decomposed)

    assert encoding.ids == TOKENIZER.encode("café été").ids
    assert "".join(typed(decomposed, encoding)) == decomposed.replace(" ", "")


def test_accents_stay_on_their_letters() -> None:
    assert TOKENIZER.encode("résumé").ids != TOKENIZER.encode("resume").ids


def test_curly_quotes_and_dashes_are_known() -> None:
    assert words(TOKENIZER.encode("don’t – “no”…")) == ["don", "’", "t", "–", "“", "no", "”", "…"]


def test_characters_that_nobody_can_see_are_dropped() -> None:
    text = "ru\0nn\u00ading \u202edogs"

    assert TOKENIZER.encode(text).ids == TOKENIZER.encode("running dogs").ids
    assert typed(text, TOKENIZER.encode(text))[0] == "ru\0nn\u00ading"


def test_a_lone_surrogate_is_unknown() -> None:
    encoding = TOKENIZER.encode("a \ud800 b")

    assert words(encoding) == ["a", "[UNK]", "b"]
    assert encoding.spans[2] == (2, 3)


def test_a_word_of_1000_letters_is_spelt_and_not_unknown() -> None:
    assert not any(TOKENIZER.encode("x" * 1_000).is_unknown)
