"""Captions as numbers, in batches of nearly equal length, so that little of a batch is padding."""

import argparse
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self, final

import torch
from torch import Tensor
from torch.nn.functional import pad

from encoder.tokenizer import Tokenizer


@final
@dataclass(frozen=True, eq=False)
class Batch:
    """Sentences side by side: token_ids int64 [batch, token] and key_mask bool [batch, token], None without padding."""

    token_ids: Tensor
    key_mask: Tensor | None

    def to(self, device: str) -> Self:
        """Return the batch on this device."""
        return replace(
            self,
            token_ids=self.token_ids.to(device),
            key_mask=None if self.key_mask is None else self.key_mask.to(device),
        )


@final
@dataclass(frozen=True, eq=False)
class Captions:
    """All sentences of a text in one table, one row each, padded at the end; `lengths` counts each row's tokens."""

    table: Tensor
    lengths: Tensor

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def digest(self) -> str:
        """A short name for these sentences, which no other text shares."""
        content = hashlib.sha256(self.table.numpy().tobytes())
        content.update(self.lengths.numpy().tobytes())
        return content.hexdigest()[:16]

    @classmethod
    def read(cls, path: Path | str, tokenizer: Tokenizer) -> Self:
        """Read a text with one sentence a line; empty lines are left out.

        Raises ValueError if the file is missing, is not UTF-8, or has no sentence in it.
        """
        return cls.of(read_lines(path), tokenizer)

    @classmethod
    def of(cls, lines: Sequence[str], tokenizer: Tokenizer) -> Self:
        """Make a table of these sentences, without the empty ones; raises ValueError if no other is left."""
        encodings = [tokenizer.encode(line) for line in lines]
        rows = [torch.tensor(encoding.ids, dtype=torch.int32) for encoding in encodings if not encoding.is_empty]
        if not rows:
            raise ValueError("There is no sentence in the text. Give a UTF-8 text with one sentence a line.")
        lengths = torch.tensor([len(row) for row in rows])
        longest = int(lengths.max())
        table = torch.stack([pad(row, (0, longest - len(row)), value=tokenizer.pad_id) for row in rows])
        return cls(table, lengths)

    def batch(self, rows: Tensor) -> Batch:
        """Put these rows side by side, as long as the longest of them."""
        lengths = self.lengths[rows]
        longest = int(lengths.max())
        key_mask = None if int(lengths.min()) == longest else torch.arange(longest) < lengths[:, None]
        return Batch(self.table[rows, :longest].long(), key_mask)

    def n_batches(self, size: int) -> int:
        """Return how many batches one pass over all sentences has."""
        return -(-len(self) // size)

    def epoch(self, size: int, seed: int) -> list[Tensor]:
        """Return the rows of each batch of one pass, in the random order that belongs to this seed.

        Sentences of one length are shuffled among themselves, cut into batches, and the batches shuffled.
        """
        generator = torch.Generator().manual_seed(seed)
        order = (self.lengths + torch.rand(len(self), generator=generator)).argsort()
        batches = order.split(size)
        return [batches[index] for index in torch.randperm(len(batches), generator=generator)]

    def in_order(self, size: int) -> Iterator[Tensor]:
        """Yield the rows of each batch from the shortest sentences to the longest, the same every time."""
        yield from self.lengths.argsort(stable=True).split(size)


def at_least_one(text: str) -> int:
    """Read how many captions are asked for on a command line: argparse shows what is wrong with another `type`."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is no number of captions; give a whole number of at least 1.")
    return int(text)


def read_lines(path: Path | str) -> list[str]:
    """Return the lines of a text that hold something.

    Raises ValueError that names the file if it is missing, is not UTF-8, or has no such line.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} cannot be read ({error}). Give a UTF-8 text with one sentence a line.") from error
    if not (held := [line for line in lines if line.strip()]):
        raise ValueError(f"{path} has no sentence in it. Give a UTF-8 text with one sentence a line.")
    return held
