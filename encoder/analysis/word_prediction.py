"""What an encoder believes about a hidden token: how likely each word is, and how sure it is."""

from dataclasses import dataclass
from typing import final

from jaxtyping import Float
from torch import Tensor, special

from encoder.whole_number import check_count, is_place


@final
@dataclass(frozen=True, eq=False)
class WordPrediction:
    """The logits of one place, and what follows from them: probabilities, an order of the words, an entropy.

    p = softmax(logits) over the vocabulary.

    >>> import torch
    >>> prediction = WordPrediction(torch.tensor([0.0, 3.0, 1.0]))
    >>> prediction.rank(2), [word for word, _ in prediction.top(2)]
    (2, [1, 2])
    """

    logits: Float[Tensor, " vocab"]

    @property
    def probabilities(self) -> Float[Tensor, " vocab"]:
        """How likely each word of the vocabulary is; together they are 1."""
        return self.logits.softmax(dim=-1)

    @property
    def entropy(self) -> float:
        """How undecided the prediction is, in nats: 0 if one word is certain, log(vocab) if all are alike."""
        return float(special.entr(self.probabilities).sum())

    def probability(self, word: int) -> float:
        """How likely the word with this number is."""
        return float(self.probabilities[self._known(word)])

    def rank(self, word: int) -> int:
        """Return 1 for the likeliest word, 2 for the next; a word shares the rank of those that are just as likely."""
        return 1 + int((self.logits > self.logits[self._known(word)]).sum())

    def top(self, count: int) -> tuple[tuple[int, float], ...]:
        """Return the likeliest words with their probabilities, the likeliest first, at most `count` of them.

        Raises ValueError if `count` is no whole number of at least 0.
        """
        check_count("count", count)
        probabilities, words = self.probabilities.sort(descending=True, stable=True)
        return tuple(zip(words[:count].tolist(), probabilities[:count].tolist(), strict=True))

    def _known(self, word: int) -> int:
        if not is_place(word, len(self.logits)):
            raise ValueError(f"There is no word {word!r}; this vocabulary has the numbers 0 to {len(self.logits) - 1}.")
        return word
