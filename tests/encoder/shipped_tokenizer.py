"""The tokenizer that is shipped, and the words of a sentence that it read."""

from pathlib import Path

from encoder.tokenizer import Encoding, Tokenizer

TOKENIZER = Tokenizer.load()
SHIPPED = Path(__file__).parents[2] / "assets" / "tokenizer.json"


def words(encoding: Encoding) -> list[str]:
    """The pieces between [CLS] and [SEP]."""
    return list(encoding.pieces[1:-1])


def typed(text: str, encoding: Encoding) -> list[str]:
    """What was typed for each of these pieces."""
    return [text[start:end] for start, end in encoding.spans[1:-1]]
