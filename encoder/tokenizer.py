"""Text to tokens: words are split into pieces that the encoder has a number for.

A WordPiece tokenizer (Devlin et al. 2019, section 3) cuts each lower-cased word into the longest pieces of its
vocabulary, from left to right; a piece that continues a word starts with `##`. The vocabulary and its rules stand in
`assets/tokenizer.json`, which `encoder.learning.vocabulary` made.
"""

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import tokenizers

CONTINUES = "##"
SPECIAL_PIECES = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
MAX_LENGTH = 128
# The longest pieces have 14 characters; 126 of them with spaces between fit in, so text meets MAX_LENGTH first.
MAX_CHARACTERS = 2_000

ASSET = Path(__file__).resolve().parent.parent / "assets" / "tokenizer.json"
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_INVISIBLE_CATEGORIES = {"Cc", "Cf", "Zs", "Zl", "Zp"}


@dataclass(frozen=True, slots=True)
class Encoding:
    """One sentence as the encoder reads it: five parallel tuples, one entry per token.

    `[CLS]` is always first and `[SEP]` always last. `spans` are the characters (start, end) of each token in the text
    as typed, so that `text[start:end]` is what the reader wrote; those of `[CLS]` and `[SEP]` are empty. `is_special`
    is true of `[CLS]`, `[SEP]` and a typed `[MASK]`. `cut` is the part of the text that was left out, or "".
    """

    ids: tuple[int, ...]
    pieces: tuple[str, ...]
    is_special: tuple[bool, ...]
    is_unknown: tuple[bool, ...]
    spans: tuple[tuple[int, int], ...]
    cut: str

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing between `[CLS]` and `[SEP]`."""
        return len(self.ids) == 2


class Tokenizer:
    """Splits a text into word pieces, and says where in the text each of them stands.

    >>> encoding = Tokenizer.load().encode("Two dogs are snowboarding.")
    >>> encoding.pieces
    ('[CLS]', 'two', 'dogs', 'are', 'snowboarding', '.', '[SEP]')
    >>> encoding.spans[2]
    (4, 8)
    """

    pad_id, unknown_id, cls_id, sep_id, mask_id = range(len(SPECIAL_PIECES))

    def __init__(self, rules: tokenizers.Tokenizer) -> None:
        """Take the rules as they are; `load` reads them from a file and checks them."""
        self._rules = rules

    @classmethod
    def load(cls, path: Path | str = ASSET) -> Self:
        """Read a tokenizer from its JSON file.

        Raises ValueError, naming the file, if it is missing, damaged, or has other special pieces.
        """
        try:
            rules = tokenizers.Tokenizer.from_str(Path(path).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise ValueError(
                f"There is no tokenizer at {path}. Give the path of a tokenizer.json, or make one with "
                "`python -m encoder.learning.vocabulary --text FILE --out PATH`."
            ) from None
        except Exception as error:  # the library raises bare Exceptions for what it cannot parse
            raise ValueError(f"{path} is not a tokenizer file ({error}). Make it again or restore it.") from error
        found = tuple(rules.id_to_token(index) for index in range(len(SPECIAL_PIECES)))
        if found != SPECIAL_PIECES:
            raise ValueError(
                f"The first pieces of {path} are {found}; they must be {SPECIAL_PIECES}. "
                "Make the file with `python -m encoder.learning.vocabulary`."
            )
        return cls(rules)

    @property
    def vocab_size(self) -> int:
        """How many pieces the vocabulary has, the special ones included."""
        return self._rules.get_vocab_size()

    def piece(self, index: int) -> str:
        """Return the piece with this number; raises ValueError if the vocabulary has no such number.

        >>> Tokenizer.load().piece(4)
        '[MASK]'
        """
        piece = self._rules.id_to_token(index) if 0 <= index < self.vocab_size else None
        if piece is None:
            raise ValueError(f"There is no piece {index}; this vocabulary has the numbers 0 to {self.vocab_size - 1}.")
        return piece

    def encode(self, text: str, max_length: int = MAX_LENGTH) -> Encoding:
        """Split `text` into at most `max_length` tokens, `[CLS]` and `[SEP]` included.

        Of a text of more than 2,000 characters only the first 2,000 are read; whatever is left out, for either reason,
        is reported as `cut`. Control and format characters, which nobody can see, are dropped. `[MASK]` may be typed.
        Raises ValueError if `max_length` is not from 2 to 128.
        """
        if not 2 <= max_length <= MAX_LENGTH:
            raise ValueError(
                f"max_length is {max_length}; from 2 to {MAX_LENGTH} tokens are allowed, [CLS] and [SEP] among them. "
                "Give a number in that range."
            )
        read = text[:MAX_CHARACTERS]
        found = self._rules.encode(_LONE_SURROGATE.sub("\ufffd", read), add_special_tokens=False)
        n_kept = min(len(found.ids), max_length - 2)
        spans = _spans_with_accents(read, found.offsets)[:n_kept]
        read_to = len(read) if n_kept == len(found.ids) else found.offsets[n_kept][0]
        end = spans[-1][1] if spans else 0

        ids = (self.cls_id, *found.ids[:n_kept], self.sep_id)
        return Encoding(
            ids=ids,
            pieces=(SPECIAL_PIECES[self.cls_id], *found.tokens[:n_kept], SPECIAL_PIECES[self.sep_id]),
            is_special=tuple(index in (self.cls_id, self.sep_id, self.mask_id) for index in ids),
            is_unknown=tuple(index == self.unknown_id for index in ids),
            spans=((0, 0), *spans, (end, end)),
            cut=_visible(text[read_to:]),
        )


def continues_word(piece: str) -> bool:
    """Whether a piece goes on with the word before it.

    >>> continues_word("##ing"), continues_word("dog")
    (True, False)
    """
    return piece.startswith(CONTINUES)


def _spans_with_accents(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Give a letter and the accent typed after it one span; composing them had left the accent out."""
    next_starts = [*(start for start, _ in spans[1:]), len(text)][: len(spans)]
    extended = []
    for (start, end), next_start in zip(spans, next_starts, strict=True):
        while end < next_start and unicodedata.combining(text[end]):
            end += 1
        extended.append((start, end))
    return extended


def _visible(text: str) -> str:
    """Return the text without white space at its ends, or "" if nobody could see any of it."""
    seen = any(unicodedata.category(character) not in _INVISIBLE_CATEGORIES for character in text)
    return text.strip() if seen else ""
