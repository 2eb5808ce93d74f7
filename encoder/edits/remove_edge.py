"""Forbid one token to look at another."""

from dataclasses import dataclass
from typing import final

from torch import Tensor

from encoder.config import EncoderConfig
from encoder.edits.edit import Edit
from encoder.edits.places import check_head, check_token
from encoder.operations import EdgeRemoved, Operation


@final
@dataclass(frozen=True)
class RemoveEdge(Edit):
    """Set the weight with which one query looks at one key, in one head, to 0.

    Renormalized, the query's other weights share what is free: A'_qk = A_qk / Σ_k' A_qk', the sum without the removed
    key. Otherwise they stay as they are, and the row sums to less than 1. If the removed weight is all that the query
    has, there is nothing to divide: the pass raises ValueError that says so.
    """

    layer: int
    head: int
    query: int
    key: int
    renormalize: bool = True

    def site(self) -> str:
        return f"layers.{self.layer}.attention.weights"

    def apply(self, recorded: Tensor) -> Tensor:
        weights = recorded.clone()
        row = recorded[:, self.head, self.query].clone()
        row[:, self.key] = 0.0
        if self.renormalize:
            left = row.sum(dim=-1, keepdim=True)
            if (left == 0).any():
                raise ValueError(
                    f"Query {self.query} of head {self.head} in layer {self.layer} looks at nothing but "
                    f"key {self.key}; without that edge nothing is left to be renormalized. "
                    "Remove the edge with renormalize=False."
                )
            row = row / left
        weights[:, self.head, self.query] = row
        return weights

    def operation(self, index: tuple[int, ...], recorded: Operation) -> Operation:
        is_its_row = index[1:3] == (self.head, self.query)
        return EdgeRemoved(recorded, self.key, self.renormalize) if is_its_row else recorded

    def check(self, config: EncoderConfig, masked: bool, length: int | None = None) -> None:
        check_head(self.layer, self.head, config)
        check_token("query", self.query, config, length)
        check_token("key", self.key, config, length)
        if not isinstance(self.renormalize, bool):
            raise ValueError(f"renormalize is {self.renormalize!r}; it must be True or False.")
