"""The limits of the tokenizer: what is too long is cut and told, and a wrong length, number or file is refused."""

import re
import time
from pathlib import Path

import pytest

from encoder.tokenizer import MAX_LENGTH, SPECIAL_PIECES, Tokenizer
from tests.encoder.shipped_tokenizer import SHIPPED, TOKENIZER, words


def test_the_shipped_vocabulary_has_4000_pieces_and_the_special_ones_come_first() -> None:
    assert TOKENIZER.vocab_size == 4000
    ids = [TOKENIZER.pad_id, TOKENIZER.unknown_id, TOKENIZER.cls_id, TOKENIZER.sep_id, TOKENIZER.mask_id]
    assert ids == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("text", ["", " ", "\n\t \u00a0\u2028", "\0\x01\x7f\u200b\ufeff", " " * 9_999, "\0" * 9_999])
def test_a_text_without_content_is_empty_and_nothing_of_it_was_cut(text: str) -> None:
    encoding = TOKENIZER.encode(text)

    assert encoding.is_empty
    assert encoding.pieces == ("[CLS]", "[SEP]")
    assert encoding.cut == ""


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
