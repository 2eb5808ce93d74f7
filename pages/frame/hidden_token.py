"""One token of the sentence, hidden behind [MASK], and the forward pass that has to do without it."""

from dataclasses import dataclass

import torch

from encoder import Trace
from encoder.analysis import WordPrediction, depth_logits
from encoder.tokenizer import Tokenizer
from pages.frame.forward_pass import ForwardPass, passes, tokenizer
from pages.frame.planned_edits import PlannedEdit


@dataclass(frozen=True)
class HiddenToken:
    """The pass with a token hidden, the true one if it is known, and what the encoder believes after each layer.

    `true_word` is None where the visitor typed [MASK], or a word that the vocabulary does not have.
    """

    true_word: int | None
    trace: Trace
    beliefs: tuple[WordPrediction, ...]

    @property
    def belief(self) -> WordPrediction:
        """What the encoder predicts in the end: the read-out of its last layer."""
        return self.beliefs[-1]

    @property
    def fate_of_true_word(self) -> tuple[str, int, float] | None:
        """The true word's text, rank and probability, if it is known."""
        if self.true_word is None:
            return None
        belief, word = self.belief, self.true_word
        return tokenizer().piece(word), belief.rank(word), belief.probability(word)

    @property
    def pieces(self) -> list[str]:
        """Return the tokens as the encoder reads them now."""
        return [tokenizer().piece(word) for word in self.trace.token_ids[0].tolist()]


def hide(
    shown: ForwardPass, position: int, edits: tuple[PlannedEdit, ...] = (), other_ids: tuple[int, ...] = ()
) -> HiddenToken:
    """Run the same sentence with one token hidden, and edited if there are edits.

    Raises ValueError if the encoder has no prediction head, or if an edit has no place in the pass.
    """
    masked, true_word = with_hidden(shown.encoding.ids, position)
    trace = passes().trace(shown.settings, masked, edits, other_ids)
    with torch.inference_mode():
        beliefs = tuple(WordPrediction(logits[0]) for logits in depth_logits(trace, position))
    return HiddenToken(true_word, trace, beliefs)


def with_hidden(ids: tuple[int, ...], position: int) -> tuple[tuple[int, ...], int | None]:
    """Return the tokens with [MASK] at this place, and the true word, or None where that is not known.

    >>> with_hidden((2, 17, 3), 1) == ((2, Tokenizer.mask_id, 3), 17)
    True
    """
    known = ids[position] not in (Tokenizer.mask_id, Tokenizer.unknown_id)
    return (*ids[:position], Tokenizer.mask_id, *ids[position + 1 :]), ids[position] if known else None


def top_words(belief: WordPrediction, count: int) -> list[tuple[str, float]]:
    """Return the likeliest words as text, each with its probability."""
    return [(tokenizer().piece(word), probability) for word, probability in belief.top(count)]
