"""Interventions: what to change at which place of a forward pass, as values that can be compared and kept."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import isfinite
from typing import final

from torch import Tensor

from encoder.config import EncoderConfig
from encoder.operations import Operation, Replaced, Scaled
from encoder.trace import check_path, trace_paths


class Edit(ABC):
    """One change at one place of the trace."""

    @abstractmethod
    def site(self) -> str:
        """The path of the tensor that is changed."""

    @abstractmethod
    def apply(self, recorded: Tensor) -> Tensor:
        """The tensor that takes the recorded one's place; the recorded one is left as it is."""

    @abstractmethod
    def operation(self, index: tuple[int, ...], recorded: Operation) -> Operation:
        """How the number at this index of the site comes about; without the edit, it came about as `recorded` says."""

    def check(self, config: EncoderConfig, masked: bool) -> None:
        """Raise ValueError if an encoder of this config has no such place."""
        check_path(self.site(), trace_paths(config, masked))


@final
@dataclass(frozen=True)
class ScaleHead(Edit):
    """Multiply what one head has gathered (its context, AV) by a factor; 0 silences the head.

    Silencing head h takes exactly context_h · W_O^h away from the attention output; the bias b_O stays.
    """

    layer: int
    head: int
    factor: float

    def site(self) -> str:
        return f"layers.{self.layer}.attention.context"

    def apply(self, recorded: Tensor) -> Tensor:
        scaled = recorded.clone()
        scaled[:, self.head] *= self.factor
        return scaled

    def operation(self, index: tuple[int, ...], recorded: Operation) -> Operation:
        whose = f"head {self.head} of layer {self.layer}"
        return Scaled(recorded, self.factor, whose) if index[1] == self.head else recorded

    def check(self, config: EncoderConfig, masked: bool) -> None:
        if not 0 <= self.layer < config.n_layers:
            raise ValueError(f"There is no layer {self.layer}; this encoder has layers 0 to {config.n_layers - 1}.")
        if not 0 <= self.head < config.n_heads:
            raise ValueError(f"There is no head {self.head}; each layer has heads 0 to {config.n_heads - 1}.")
        if not isfinite(self.factor):
            raise ValueError(f"A head cannot be scaled by {self.factor}; give a finite factor, such as 0.0 or 2.0.")


@final
@dataclass(frozen=True, eq=False)
class Replace(Edit):
    """Put another tensor in the place of a recorded one; it must have the same shape and dtype.

    Two replacements are equal only if they are the same object, since tensors have no equality of their own.
    """

    path: str
    tensor: Tensor

    def site(self) -> str:
        return self.path

    def apply(self, recorded: Tensor) -> Tensor:
        if self.tensor.shape != recorded.shape or self.tensor.dtype != recorded.dtype:
            raise ValueError(
                f"{self.path!r} was given {tuple(self.tensor.shape)} of {self.tensor.dtype}; "
                f"this pass needs {tuple(recorded.shape)} of {recorded.dtype} there."
            )
        return self.tensor

    def operation(self, index: tuple[int, ...], recorded: Operation) -> Operation:
        return Replaced(self.tensor)


@final
@dataclass(frozen=True)
class Edits:
    """All changes of one forward pass, in their order; the pass calls them at every place as edit(path, tensor)."""

    edits: tuple[Edit, ...] = ()

    def __call__(self, path: str, tensor: Tensor) -> Tensor:
        for edit in self.edits:
            if edit.site() == path:
                tensor = edit.apply(tensor)
        return tensor

    def operation(self, path: str, index: tuple[int, ...], declared: Operation) -> Operation:
        """How a number of the trace came about: by the operation declared for it, and then by these edits."""
        for edit in self.edits:
            if edit.site() == path:
                declared = edit.operation(index, declared)
        return declared

    def check(self, config: EncoderConfig, masked: bool = False) -> None:
        """Raise ValueError, before anything is computed, if some edit has no place in an encoder of this config."""
        for edit in self.edits:
            edit.check(config, masked)


NO_EDITS = Edits()
