"""What the tokenizer did to the sentence, for the eye: pieces of words, special tokens, unknown words."""

import html

import streamlit as st

from encoder.tokenizer import Encoding, continues_word

STYLE = """
<style>
ol.token-pieces { display: flex; flex-wrap: wrap; gap: 4px; margin: 0; padding: 0; list-style: none;
  font-family: ui-monospace, monospace; font-size: 0.85rem; max-height: 10rem; overflow-y: auto; }
.token-pieces li { margin: 0; padding: 1px 6px; border: 1px solid color-mix(in srgb, currentColor 30%, transparent);
  border-radius: 4px; overflow-wrap: anywhere; }
.token-pieces .special { border-style: dashed; }
.token-pieces .continued { margin-left: -5px; border-left-style: dotted; border-radius: 0 4px 4px 0; }
.token-pieces .unknown { text-decoration: underline wavy; }
</style>
"""


def summary(encoding: Encoding) -> str:
    """Return one line that counts what the tokenizer did; it holds no word of the sentence."""
    n_split = sum(
        continues_word(piece) and not continues_word(before)
        for before, piece in zip(encoding.pieces, encoding.pieces[1:], strict=False)
    )
    n_unknown = sum(encoding.is_unknown)
    parts = [f"{len(encoding.ids)} tokens"]
    if n_split:
        parts.append(f"{n_split} {'word' if n_split == 1 else 'words'} split into pieces")
    if n_unknown:
        parts.append(f"{n_unknown} unknown")
    return ", ".join(parts)


def token_pieces(encoding: Encoding, text: str) -> None:
    """Draw every token in order, and say how to read them."""
    st.html(STYLE + pieces_html(encoding, text))
    st.caption(
        "[CLS] and [SEP] mark the beginning and the end. A piece that starts with ## continues the word before it. "
        "Capital letters become small ones first."
    )


def pieces_html(encoding: Encoding, text: str) -> str:
    """Return the tokens as a list: dashed if special, joined if it continues a word, underlined if unknown."""
    items = []
    for piece, is_special, is_unknown, (start, end) in zip(
        encoding.pieces, encoding.is_special, encoding.is_unknown, encoding.spans, strict=True
    ):
        kind = (
            "special" if is_special else "unknown" if is_unknown else "continued" if continues_word(piece) else "word"
        )
        shown = f"{text[start:end]} → {piece}" if is_unknown else piece
        items.append(f'<li class="{kind}"><bdi>{html.escape(shown)}</bdi></li>')
    return f'<ol class="token-pieces" aria-label="Tokens">{"".join(items)}</ol>'
