"""Hidden pieces: the right share, never a special token, and the same ones for the same seed."""

import torch

from encoder.learning.masking import MEASURING, TRAINING, Masking, mask_pieces
from encoder.tokenizer import SPECIAL_PIECES, Tokenizer

VOCAB = 101


def many_tokens() -> torch.Tensor:
    return torch.randint(VOCAB, (211, 197), generator=torch.Generator().manual_seed(0))


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_special_tokens_are_never_hidden() -> None:
    masked = mask_pieces(many_tokens(), VOCAB, Masking(rate=1.0), generator())
    assert masked.pieces.min() == len(SPECIAL_PIECES)
    assert len(masked.pieces) == (many_tokens() >= len(SPECIAL_PIECES)).sum()


def test_the_hidden_pieces_are_what_stood_there() -> None:
    token_ids = many_tokens()
    masked = mask_pieces(token_ids, VOCAB, TRAINING, generator())
    assert torch.equal(token_ids.flatten()[masked.places], masked.pieces)


def test_nothing_changes_outside_the_chosen_places() -> None:
    token_ids = many_tokens()
    masked = mask_pieces(token_ids, VOCAB, TRAINING, generator())
    changed = (masked.token_ids != token_ids).flatten().nonzero().squeeze(1)
    assert set(changed.tolist()) <= set(masked.places.tolist())


def test_measuring_hides_a_fifth_of_the_pieces_and_all_of_them_read_mask() -> None:
    token_ids = many_tokens()
    masked = mask_pieces(token_ids, VOCAB, MEASURING, generator())
    share = len(masked.pieces) / (token_ids >= len(SPECIAL_PIECES)).sum()
    assert abs(share - 0.2) < 0.01
    assert (masked.token_ids.flatten()[masked.places] == Tokenizer.mask_id).all()


def test_training_leaves_one_piece_in_twenty_and_swaps_one_in_twenty() -> None:
    masked = mask_pieces(many_tokens(), VOCAB, Masking(rate=0.5, random=0.05, kept=0.05), generator())
    shown = masked.token_ids.flatten()[masked.places]
    hidden, kept = shown == Tokenizer.mask_id, shown == masked.pieces
    assert abs(hidden.float().mean() - 0.90) < 0.01
    assert abs(kept.float().mean() - 0.05) < 0.01
    assert shown[~hidden].min() >= len(SPECIAL_PIECES)


def test_the_seed_alone_decides_what_is_hidden() -> None:
    first, again, other = (mask_pieces(many_tokens(), VOCAB, TRAINING, generator(seed)) for seed in (1, 1, 2))
    assert torch.equal(first.token_ids, again.token_ids)
    assert not torch.equal(first.token_ids, other.token_ids)
