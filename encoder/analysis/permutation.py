"""Does the order of the words matter? Shuffle them, and see whether the output is shuffled and nothing else."""

from collections.abc import Sequence

import torch
from torch import Tensor

from encoder.edits import NO_EDITS, Edits, Replace
from encoder.model import Encoder
from encoder.whole_number import is_whole_number, plain


@torch.inference_mode()
def permutation_gap(
    encoder: Encoder,
    token_ids: Tensor,
    order: Sequence[int],
    key_mask: Tensor | None = None,
    edit: Edits = NO_EDITS,
) -> float:
    """Return max|P·f(X) − f(P·X)|: shuffling the words before or after the encoder, by how much does it differ?

    `order` says for each new place which old place its token came from. Without positions the gap is rounding, since
    attention sees a bag of tokens. `edit` applies to both passes as it is. Raises ValueError if `order` does not
    name every place once.
    """
    order, length = tuple(map(plain, order)), token_ids.shape[-1]
    if not all(map(is_whole_number, order)) or sorted(order) != list(range(length)):
        raise ValueError(
            f"order is {order}; it must name each of the {length} places, 0 to {length - 1}, once, in whole numbers."
        )
    places = torch.tensor(order)
    shuffled_mask = None if key_mask is None else key_mask[:, places]
    shuffled_after = encoder(token_ids, key_mask, edit).output[:, places]
    shuffled_before = encoder(token_ids[:, places], shuffled_mask, edit).output
    return (shuffled_after - shuffled_before).abs().max().item()


def positions_off(encoder: Encoder, length: int) -> Edits:
    """Return the edit that takes the position vectors away from sentences of this many tokens; nothing else changes."""
    if encoder.config.positions == "none":
        return NO_EDITS
    table = encoder.embedding.token_table
    return Edits((Replace("embedding.position", table.new_zeros(length, encoder.config.d_model)),))
