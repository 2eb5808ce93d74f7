"""Which cells of another tensor a cell is made from, written as one indexes an array."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Self, final

from encoder.config import EncoderConfig

Index = tuple[int | slice, ...]


@final
@dataclass(frozen=True)
class Source:
    """A tensor's name, and one term for each of its axes that says where along it to look.

    A term is an axis of the cell that is made (the same place as there), ":" (all along it), "(head d_head)" (two axes
    laid out as one, as in W_Q's columns), or "row": the number that the operation's field `row` holds.

    >>> Source.read("key[batch, head, key, :]").terms
    ('batch', 'head', 'key', ':')
    """

    name: str
    terms: tuple[str, ...]

    @classmethod
    @lru_cache(maxsize=256)
    def read(cls, declared: str) -> Self:
        """Read a declaration such as "W_Q[:, (head d_head)]"."""
        name, terms = re.fullmatch(r"([\w.]+)\[(.+)\]", declared).groups()  # type: ignore[union-attr]
        return cls(name, tuple(terms.split(", ")))

    def at(self, places: Mapping[str, int], config: EncoderConfig) -> Index:
        """Where to look for a cell that stands at these places along its axes."""
        return tuple(slice(None) if term == ":" else _place(term, places, config) for term in self.terms)

    def fed_from(self, index: Sequence[int], axes: Sequence[str]) -> Index:
        """The other way round: which cells, of a tensor with these axes, look at this index of the source."""
        known = dict(zip(self.terms, index, strict=True))
        return tuple(known.get(axis, slice(None)) for axis in axes)


def _place(term: str, places: Mapping[str, int], config: EncoderConfig) -> int:
    if not term.startswith("("):
        return places[term]
    outer, inner = term.strip("()").split()
    return places[outer] * int(getattr(config, inner)) + places[inner]
