"""All changes of one forward pass."""

from dataclasses import dataclass, replace
from typing import Self, final

from torch import Tensor

from encoder.config import EncoderConfig
from encoder.edits.edit import Edit
from encoder.operations import Operation


@final
@dataclass(frozen=True)
class PartEdits:
    """All changes of one forward pass as one part of the encoder sees them: a path there begins with `place`."""

    edits: tuple[Edit, ...]
    place: str

    def __call__(self, path: str, tensor: Tensor) -> Tensor:
        for edit in self.edits:
            if edit.site() == self.place + path:
                tensor = edit.apply(tensor)
        return tensor

    def inside(self, part: str) -> Self:
        """Return these edits as a part of this part sees them, where a path is shorter: "query", not all of it."""
        return replace(self, place=f"{self.place}{part}.") if self.edits else self


UNEDITED = PartEdits((), "")


@final
@dataclass(frozen=True)
class Edits:
    """All changes of one forward pass, in their order; the pass calls them at every place as edit(path, tensor)."""

    edits: tuple[Edit, ...] = ()

    def __call__(self, path: str, tensor: Tensor) -> Tensor:
        return PartEdits(self.edits, "")(path, tensor)

    def inside(self, part: str) -> PartEdits:
        """Return these edits as a part of the encoder sees them; `Encoder` itself takes them whole."""
        return PartEdits(self.edits, f"{part}.") if self.edits else UNEDITED

    def operation(self, path: str, index: tuple[int, ...], declared: Operation) -> Operation:
        """How a number of the trace came about: by the operation declared for it, and then by these edits."""
        for edit in self.edits:
            if edit.site() == path:
                declared = edit.operation(index, declared)
        return declared

    def check(self, config: EncoderConfig, masked: bool = False, length: int | None = None) -> None:
        """Raise ValueError, before anything is computed, if some edit has no place in such a pass.

        `length` is how many tokens the sentence has; None if it is not known yet.
        """
        if not isinstance(self.edits, tuple) or not all(isinstance(edit, Edit) for edit in self.edits):
            raise ValueError(f"{self.edits!r} is no tuple of edits; write one edit as Edits((ScaleHead(0, 0, 0.0),)).")
        for edit in self.edits:
            edit.check(config, masked, length)


NO_EDITS = Edits()
