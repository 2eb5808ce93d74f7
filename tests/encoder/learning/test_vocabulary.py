import re
from pathlib import Path

import pytest

from encoder.learning.vocabulary import alphabet, learn_vocabulary, main
from encoder.tokenizer import Tokenizer

CAPTIONS = [
    "A surfer rides a wave.",
    "Two surfers ride the waves!",
    "The surfer waves; a dog rides.",
    "Surfing surfers",
]
SHIPPED = Path(__file__).parents[3] / "assets" / "tokenizer.json"
SMALLEST = 5 + 2 * len(alphabet())


@pytest.fixture
def captions(tmp_path: Path) -> Path:
    path = tmp_path / "captions.txt"
    path.write_text("\n".join(CAPTIONS * 7), encoding="utf-8")
    return path


def test_the_alphabet_is_ascii_and_latin_1_in_lower_case_with_typographic_marks() -> None:
    assert set("az09!~\\^-]&µÿß÷«€’—…") <= set(alphabet())
    assert not set("AZÉ \t\n\0\u00ad") & set(alphabet())
    assert len(set(alphabet())) == len(alphabet())


def test_the_vocabulary_begins_with_the_special_pieces_then_every_character_twice() -> None:
    rules = learn_vocabulary(CAPTIONS, SMALLEST + 23)

    pieces = [rules.id_to_token(index) for index in range(rules.get_vocab_size())]
    continuations = ["##" + character for character in alphabet()]
    assert pieces[:SMALLEST] == ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *alphabet(), *continuations]
    assert len(pieces) == SMALLEST + 23


def test_frequent_words_become_pieces() -> None:
    vocabulary = learn_vocabulary(CAPTIONS, SMALLEST + 41).get_vocab()

    assert {"surfer", "the", "##es"} <= vocabulary.keys()


def test_a_vocabulary_too_small_for_the_alphabet_is_refused() -> None:
    message = (
        "A vocabulary of 300 pieces is too small: the special pieces and the alphabet alone are 315. "
        "Give a size of 315 or more."
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        learn_vocabulary(CAPTIONS, 300)


def test_two_runs_of_the_script_give_the_same_bytes_and_a_tokenizer_that_loads(captions: Path, tmp_path: Path) -> None:
    files = [tmp_path / "new" / "one.json", tmp_path / "two.json"]
    for file in files:
        main(["--text", str(captions), "--out", str(file), "--size", str(SMALLEST + 23)])

    assert files[0].read_bytes() == files[1].read_bytes()
    tokenizer = Tokenizer.load(files[0])
    assert tokenizer.vocab_size == SMALLEST + 23
    assert tokenizer.encode("The surfer [MASK].").pieces == ("[CLS]", "the", "surfer", "[MASK]", ".", "[SEP]")


def test_the_script_makes_the_shipped_rules(captions: Path, tmp_path: Path) -> None:
    made = tmp_path / "made.json"
    main(["--text", str(captions), "--out", str(made), "--size", str(SMALLEST)])

    def rules(file: Path) -> str:
        return file.read_text(encoding="utf-8").split('"vocab"')[0]

    assert rules(made) == rules(SHIPPED)


@pytest.mark.parametrize(
    ("text", "size", "message"),
    [
        ("absent.txt", "400", "No such file or directory"),
        ("captions.txt", "12", "A vocabulary of 12 pieces is too small"),
        ("latin.txt", "400", "codec can't decode"),
    ],
)
def test_the_script_says_what_is_wrong(
    captions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, size: str, message: str
) -> None:
    captions.with_name("latin.txt").write_bytes(b"caf\xe9\n")
    with pytest.raises(SystemExit):
        main(["--text", str(tmp_path / text), "--out", str(tmp_path / "out.json"), "--size", size])
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out.json").exists()
