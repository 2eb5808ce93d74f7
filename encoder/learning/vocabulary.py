"""Learn a WordPiece vocabulary from a text, one sentence a line.

    python -m encoder.learning.vocabulary --text captions.txt --out assets/tokenizer.json --size 4000

The same text and size give the same file, byte for byte.
"""

import argparse
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import tokenizers
from tokenizers import Regex, models, normalizers, pre_tokenizers, trainers

from encoder.tokenizer import CONTINUES, SPECIAL_PIECES

LONGEST_WORD = 100


def alphabet() -> str:
    """Return all characters that are never unknown: the visible ones of Windows-1252, in lower case.

    Those are ASCII, Latin-1, and what phones and word processors put in by themselves: curly quotes, dashes, the euro.

    >>> len(alphabet()), alphabet()[-10:]
    (155, '„†‡•…‰‹›€™')
    """
    typed = bytes(range(256)).decode("cp1252", errors="ignore")
    return "".join(sorted({character.lower() for character in typed if character.isprintable()} - {" "}))


def learn_vocabulary(lines: Iterable[str], size: int) -> tokenizers.Tokenizer:
    """Learn the `size` pieces that spell `lines` best, and return the tokenizer that uses them.

    Every character of the alphabet is in the vocabulary twice, as the first piece of a word and as a continuation
    (`##`), so that every word over the alphabet can be spelt. Raises ValueError if `size` leaves no room for that.
    """
    single_characters = [*alphabet(), *(CONTINUES + character for character in alphabet())]
    smallest = len(SPECIAL_PIECES) + len(single_characters)
    if size < smallest:
        raise ValueError(
            f"A vocabulary of {size} pieces is too small: the special pieces and the alphabet alone are {smallest}. "
            f"Give a size of {smallest} or more."
        )
    learner = _with_rules(models.WordPiece(unk_token="[UNK]"))
    # Named beforehand, the single characters get fixed numbers; found in the text, they would get random ones.
    trainer = trainers.WordPieceTrainer(
        vocab_size=size, special_tokens=[*SPECIAL_PIECES, *single_characters], show_progress=False
    )
    learner.train_from_iterator(lines, trainer)
    vocabulary = learner.get_vocab()
    rules = _with_rules(models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=LONGEST_WORD))
    # [MASK] alone can be typed: "[CLS]" in a text is five ordinary characters.
    rules.add_special_tokens(["[MASK]"])
    return rules


def _with_rules(model: models.Model) -> tokenizers.Tokenizer:
    """Add to the model the rules that prepare a text for it.

    Letters keep their accents. Each punctuation mark is a word, and so is each run of characters outside the alphabet,
    so that an unknown character leaves the word around it known. A word of more than `LONGEST_WORD` characters is read
    as several, because the time to find its pieces grows with the cube of its length.
    """
    inside = re.escape(alphabet())
    rules = tokenizers.Tokenizer(model)
    rules.normalizer = normalizers.Sequence(
        [
            normalizers.NFC(),
            normalizers.Replace(Regex(r"[\p{Cc}\p{Cf}&&[^\s]]"), ""),
            normalizers.Replace("İ", "i"),  # the one letter that lower-casing would make two of
            normalizers.Lowercase(),
        ]
    )
    rules.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.BertPreTokenizer(),
            pre_tokenizers.Split(Regex(f"[{inside}]{{1,{LONGEST_WORD}}}|[^{inside}]+"), "isolated"),
        ]
    )
    return rules


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line, learn, and write the file."""
    parser = argparse.ArgumentParser(description="Learn a WordPiece vocabulary from a text, one sentence a line.")
    parser.add_argument("--text", type=Path, required=True, help="the text to learn from, UTF-8")
    parser.add_argument("--out", type=Path, required=True, help="the tokenizer.json to write")
    parser.add_argument("--size", type=int, default=4_000, help="how many pieces (default: 4000)")
    options = parser.parse_args(arguments)
    try:
        with options.text.open(encoding="utf-8") as lines:
            rules = learn_vocabulary(lines, options.size)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    rules.save(str(options.out))


if __name__ == "__main__":
    main()
