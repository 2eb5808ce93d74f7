"""The sentence's tokens as a table: what was typed, which piece it became, and the piece's number."""

from encoder.tokenizer import Encoding, continues_word


def token_table(encoding: Encoding, text: str) -> dict[str, list[int] | list[str]]:
    """Return one row per token, as columns; the first token has position 0, as in a trace."""
    return {
        "position": list(range(len(encoding.ids))),
        "as typed": [text[start:end] for start, end in encoding.spans],
        "token": list(encoding.pieces),
        "id": list(encoding.ids),
        "kind": token_kinds(encoding),
    }


def token_kinds(encoding: Encoding) -> list[str]:
    """Say of every token what the tokenizer made it for.

    >>> from encoder.tokenizer import Tokenizer
    >>> token_kinds(Tokenizer.load().encode("[MASK]"))
    ['special', 'special', 'special']
    """
    return [
        _kind(piece, is_special, is_unknown)
        for piece, is_special, is_unknown in zip(encoding.pieces, encoding.is_special, encoding.is_unknown, strict=True)
    ]


def _kind(piece: str, is_special: bool, is_unknown: bool) -> str:
    if is_special:
        return "special"
    if is_unknown:
        return "unknown"
    if continues_word(piece):
        return "continues the word before it"
    return "begins a word" if piece[0].isalnum() else "a sign of its own"
