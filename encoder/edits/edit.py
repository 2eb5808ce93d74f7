"""What all edits have in common: a place in the trace, and a change that can be made, told and checked."""

from abc import ABC, abstractmethod

from torch import Tensor

from encoder.config import EncoderConfig
from encoder.operations import Operation
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

    def check(self, config: EncoderConfig, masked: bool, length: int | None = None) -> None:
        """Raise ValueError if an encoder of this config, or a sentence of this many tokens, has no such place.

        Without a length, the sentence is not known yet, and may have as many tokens as the config allows.
        """
        check_path(self.site(), trace_paths(config, masked))
