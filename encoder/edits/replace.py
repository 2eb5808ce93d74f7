"""Put another tensor in the place of a computed one."""

from dataclasses import dataclass
from typing import final

from torch import Tensor

from encoder.config import EncoderConfig
from encoder.edits.edit import Edit
from encoder.edits.places import check_tensor
from encoder.operations import Operation, Replaced


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

    def check(self, config: EncoderConfig, masked: bool, length: int | None = None) -> None:
        super().check(config, masked, length)
        check_tensor(self.path, self.tensor)
