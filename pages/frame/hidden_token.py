"""One token of the sentence, hidden behind [MASK], and the forward pass that has to do without it."""

import re
from dataclasses import dataclass

import torch

from encoder import Trace
from encoder.analysis import WordPrediction, depth_logits
from encoder.tokenizer import Encoding, Tokenizer
from pages.frame.forward_pass import ForwardPass, passes, tokenizer


@dataclass(frozen=True)
class HiddenToken:
    """Which token is hidden, the true one if it is known, and what the encoder believes after each layer.

    `true_word` is None where the visitor typed [MASK], or a word that the vocabulary does not have.
    """

    position: int
    true_word: int | None
    trace: Trace
    beliefs: tuple[WordPrediction, ...]

    @property
    def belief(self) -> WordPrediction:
        """What the encoder predicts in the end: the read-out of its last layer."""
        return self.beliefs[-1]

    @property
    def pieces(self) -> list[str]:
        """Return the tokens as the encoder reads them now."""
        return [tokenizer().piece(word) for word in self.trace.token_ids[0].tolist()]


def places_to_hide(encoding: Encoding) -> tuple[int, ...]:
    """Return every place but those of [CLS] and [SEP], which no encoder was ever asked about."""
    return tuple(range(1, len(encoding.ids) - 1))


def place_hidden_first(encoding: Encoding) -> int:
    """Return the place that is hidden until the visitor chooses: the first typed [MASK], else the middle token.

    >>> [place_hidden_first(Tokenizer.load().encode(text)) for text in ("a red ball", "a [MASK] ball", "ball")]
    [2, 2, 1]
    """
    if Tokenizer.mask_id in encoding.ids:
        return encoding.ids.index(Tokenizer.mask_id)
    return max(1, (len(encoding.ids) - 1) // 2)


def label_of(encoding: Encoding, place: int) -> str:
    r"""Return a token's place and text as a label, so that none of its signs is read as Markdown.

    >>> print(label_of(Tokenizer.load().encode("*"), 1))
    1 · \*
    """
    return f"{place} · " + re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", encoding.pieces[place])


def hide(shown: ForwardPass, position: int) -> HiddenToken:
    """Run the same sentence with one token hidden; raises ValueError if the encoder has no prediction head."""
    ids = shown.encoding.ids
    known = ids[position] not in (Tokenizer.mask_id, Tokenizer.unknown_id)
    masked = (*ids[:position], Tokenizer.mask_id, *ids[position + 1 :])
    trace = passes().trace(shown.settings, masked)
    with torch.inference_mode():
        beliefs = tuple(WordPrediction(logits[0]) for logits in depth_logits(trace, position))
    return HiddenToken(position, ids[position] if known else None, trace, beliefs)


def top_words(belief: WordPrediction, count: int) -> list[tuple[str, float]]:
    """Return the likeliest words as text, each with its probability."""
    return [(tokenizer().piece(word), probability) for word, probability in belief.top(count)]
