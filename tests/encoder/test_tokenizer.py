import json
import re
import string
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from encoder.tokenizer import MAX_LENGTH, SPECIAL_PIECES, Encoding, Tokenizer

TOKENIZER = Tokenizer.load()
SHIPPED = Path(__file__).parents[2] / "assets" / "tokenizer.json"
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


def words(encoding: Encoding) -> list[str]:
    return list(encoding.pieces[1:-1])


def typed(text: str, encoding: Encoding) -> list[str]:
    return [text[start:end] for start, end in encoding.spans[1:-1]]


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


def test_the_shipped_vocabulary_has_4000_pieces_and_the_special_ones_come_first() -> None:
    assert TOKENIZER.vocab_size == 4000
    ids = [TOKENIZER.pad_id, TOKENIZER.unknown_id, TOKENIZER.cls_id, TOKENIZER.sep_id, TOKENIZER.mask_id]
    assert ids == [0, 1, 2, 3, 4]


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


@pytest.mark.parametrize("text", ["", " ", "\n\t \u00a0\u2028", "\0\x01\x7f\u200b\ufeff", " " * 9_999, "\0" * 9_999])
def test_a_text_without_content_is_empty_and_nothing_of_it_was_cut(text: str) -> None:
    encoding = TOKENIZER.encode(text)

    assert encoding.is_empty
    assert encoding.pieces == ("[CLS]", "[SEP]")
    assert encoding.cut == ""


def test_a_lone_surrogate_is_unknown() -> None:
    encoding = TOKENIZER.encode("a \ud800 b")

    assert words(encoding) == ["a", "[UNK]", "b"]
    assert encoding.spans[2] == (2, 3)


def test_what_exceeds_the_length_is_reported_as_it_was_typed() -> None:
    text = "Five DOGS run  After the Red ball"
    encoding = TOKENIZER.encode(text, max_length=5)

    assert words(encoding) == ["five", "dogs", "run"]
    assert encoding.cut == "After the Red ball"
    assert TOKENIZER.encode(text).cut == ""


def test_the_longest_sentence_has_126_words() -> None:
    assert TOKENIZER.encode(" dog" * 126 + "  ").cut == ""
    longer = TOKENIZER.encode("dog " * 126 + "cat")
    assert len(longer.ids) == MAX_LENGTH
    assert longer.cut == "cat"


def test_126_of_the_longest_words_of_the_vocabulary_fit_in() -> None:
    encoding = TOKENIZER.encode(" ".join(["transportation"] * 126))

    assert encoding.pieces == ("[CLS]", *["transportation"] * 126, "[SEP]")
    assert encoding.cut == ""


def test_a_text_behind_2000_spaces_is_reported_as_cut() -> None:
    encoding = TOKENIZER.encode(" " * 2_000 + "dog ")

    assert encoding.is_empty
    assert encoding.cut == "dog"


@pytest.mark.parametrize("text", ["a" * 10_000, "ÿ" * 10_000, "e\u0301" * 5_000, "a😀" * 5_000, "dog " * 2_500])
def test_10000_characters_are_read_quickly_and_what_was_cut_is_the_rest_of_them(text: str) -> None:
    started = time.process_time()
    encoding = TOKENIZER.encode(text)
    seconds = time.process_time() - started

    assert len(encoding.ids) == MAX_LENGTH
    assert text.strip().endswith(encoding.cut)
    assert (encoding.spans[-1][1] + len(encoding.cut)) == len(text.strip()) - text.startswith("dog")
    assert seconds < 0.5


def test_a_word_of_1000_letters_is_spelt_and_not_unknown() -> None:
    assert not any(TOKENIZER.encode("x" * 1_000).is_unknown)


@pytest.mark.parametrize("max_length", [-1, 0, 1, 129, 10_000])
def test_a_length_outside_the_limits_is_refused(max_length: int) -> None:
    message = f"max_length is {max_length}; from 2 to 128 tokens are allowed, [CLS] and [SEP] among them."
    with pytest.raises(ValueError, match=re.escape(message)):
        TOKENIZER.encode("a dog", max_length)


def test_a_missing_file_is_named_with_the_command_that_makes_one(tmp_path: Path) -> None:
    path = tmp_path / "absent.json"
    message = f"There is no tokenizer at {path}. Give the path of a tokenizer.json, or make one with"
    with pytest.raises(ValueError, match=re.escape(message)):
        Tokenizer.load(path)


@pytest.mark.parametrize("content", [b"", b"{}", b'{"version": "1.0", "mod', b"\xff\xfe\x00", b"[1, 2]"])
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "damaged.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"{re.escape(str(path))} is not a tokenizer file \("):
        Tokenizer.load(path)


def test_a_file_with_other_special_pieces_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "renumbered.json"
    path.write_text(SHIPPED.read_text(encoding="utf-8").replace('"[CLS]": 2', '"<s>": 2'))
    with pytest.raises(ValueError, match=re.escape(f"The first pieces of {path} are ")) as refusal:
        Tokenizer.load(path)
    assert f"they must be {SPECIAL_PIECES}" in str(refusal.value)


def test_every_number_of_the_vocabulary_has_its_piece() -> None:
    tokenizer = Tokenizer.load()
    encoding = tokenizer.encode("two dogs are snowboarding")
    assert tuple(map(tokenizer.piece, encoding.ids)) == encoding.pieces


@pytest.mark.parametrize("index", [-1, 4_000])
def test_a_number_outside_the_vocabulary_is_refused(index: int) -> None:
    with pytest.raises(ValueError, match=f"There is no piece {index}; this vocabulary has the numbers 0 to 3999."):
        Tokenizer.load().piece(index)
