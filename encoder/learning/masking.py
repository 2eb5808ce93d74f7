"""Hide some of a sentence's pieces, so that there is something to predict."""

from dataclasses import dataclass
from typing import Self, final

import torch
from torch import Tensor

from encoder.tokenizer import SPECIAL_PIECES, Tokenizer


@final
@dataclass(frozen=True)
class Masking:
    """Which share of the pieces is chosen, and what becomes of a chosen piece: `[MASK]`, a random piece, or itself.

    Source: Devlin et al. 2019 §3.1, with shares .15, .10 and .10.
    """

    rate: float
    random: float = 0.0
    kept: float = 0.0


# 20 % of all pieces read [MASK], as in the measurement; a few are swapped or kept, so that no piece is beyond doubt.
TRAINING = Masking(rate=0.222, random=0.05, kept=0.05)
MEASURING = Masking(rate=0.2)


@final
@dataclass(frozen=True, eq=False)
class MaskedTokens:
    """token_ids with pieces hidden; `places` indexes the flattened [batch · token], `pieces` is what stood there."""

    token_ids: Tensor
    places: Tensor
    pieces: Tensor

    def to(self, device: str) -> Self:
        """Return the tokens on this device."""
        return type(self)(self.token_ids.to(device), self.places.to(device), self.pieces.to(device))


def mask_pieces(token_ids: Tensor, vocab_size: int, masking: Masking, generator: torch.Generator) -> MaskedTokens:
    """Choose pieces at random and hide them; special tokens and unknown words are never chosen.

    Shapes: token_ids int64 [batch, token] -> token_ids the same, places and pieces int64 [chosen].
    """
    chance = torch.rand(token_ids.shape, generator=generator)
    chosen = (chance < masking.rate) & (token_ids >= len(SPECIAL_PIECES))
    swapped = chosen & (chance < masking.rate * masking.random)
    kept = chosen & (chance >= masking.rate * (1 - masking.kept))
    random_ids = torch.randint(len(SPECIAL_PIECES), vocab_size, token_ids.shape, generator=generator)

    hidden = token_ids.masked_fill(chosen & ~kept, Tokenizer.mask_id)
    hidden = torch.where(swapped, random_ids, hidden)
    places = chosen.flatten().nonzero().squeeze(1)
    return MaskedTokens(hidden, places, token_ids.flatten()[places])
