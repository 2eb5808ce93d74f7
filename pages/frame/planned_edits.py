"""What a visitor wants edited, as values that can be compared and kept: the encoder's own edits, and patches."""

from dataclasses import dataclass

from encoder import (
    Edit,
    EncoderConfig,
    PatchToken,
    RemoveEdge,
    Replace,
    ScaleFeedForward,
    ScaleHead,
    Trace,
    UniformHead,
)
from encoder.trace import check_path, trace_paths

NOT_PATCHED = ("token_ids", "key_mask")
"""What is given to a pass and not computed by it: another sentence is typed, not patched."""


@dataclass(frozen=True)
class Patch:
    """Put a tensor of the other sentence's pass in the place of this sentence's, or only the part of one token.

    `token` is the place here and `other_token` the place there; both are None if the whole tensor is meant. A patch is
    known by these names and not by the numbers that they stand for.
    """

    path: str
    token: int | None = None
    other_token: int | None = None

    def check(self, config: EncoderConfig, n_tokens: int, n_other: int) -> None:
        """Raise ValueError if these two passes have no such tensor or token, or if a whole tensor would not fit."""
        check_path(self.path, patchable_paths(config))
        if not n_other:
            raise ValueError("There is no other sentence to take this from. Type one, or choose an example.")
        for token, count, whose in ((self.token, n_tokens, "this"), (self.other_token, n_other, "the other")):
            if token is not None and token >= count:
                raise ValueError(f"There is no token {token}; {whose} sentence has the tokens 0 to {count - 1}.")
        if self.token is None and n_tokens != n_other:
            raise ValueError(
                f"The other sentence has {n_other} tokens and this one has {n_tokens}; a whole tensor needs as many in "
                "both. Change one of the sentences, or patch a single token."
            )

    def taken_from(self, other: Trace) -> Edit:
        """Return the edit with the other pass's numbers."""
        if self.token is None or self.other_token is None:
            return Replace(self.path, other[self.path])
        return PatchToken.from_trace(self.path, self.token, other, self.other_token)


PlannedEdit = ScaleHead | UniformHead | ScaleFeedForward | RemoveEdge | Patch


def patchable_paths(config: EncoderConfig) -> tuple[str, ...]:
    """Return the path of every tensor that a pass of this config computes, in the order of computation."""
    return tuple(path for path in trace_paths(config) if path not in NOT_PATCHED)


def place_of(edit: PlannedEdit) -> tuple[object, ...]:
    """Return what an edit is about; a second edit about the same would undo or multiply the first.

    >>> place_of(ScaleHead(0, 2, 0.0)) == place_of(ScaleHead(0, 2, 3.0))
    True
    """
    match edit:
        case ScaleHead(layer, head, _):
            return "head", layer, head
        case UniformHead(layer, head):
            return "uniform", layer, head
        case ScaleFeedForward(layer, _):
            return "feed_forward", layer
        case RemoveEdge(layer, head, query, key, _):
            return "edge", layer, head, query, key
        case Patch(path, token, _):
            return path, token
