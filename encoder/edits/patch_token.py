"""Put what another sentence computed for one of its tokens in the place of one token of this sentence."""

from dataclasses import dataclass
from typing import Self, final

from torch import Tensor

from encoder.config import EncoderConfig
from encoder.edits.edit import Edit
from encoder.edits.places import check_tensor, check_token
from encoder.operations import Operation, Replaced
from encoder.trace import Trace, token_axis


@final
@dataclass(frozen=True, eq=False)
class PatchToken(Edit):
    """Replace one token's part of a recorded tensor, and leave all other tokens' as they are.

    `tensor` has the recorded one's axes without that of the token (of attention's maps: of the query), so it may come
    from a sentence of another length. Like replacements, two patches are equal only if they are the same object.
    """

    path: str
    token: int
    tensor: Tensor

    @classmethod
    def from_trace(cls, path: str, token: int, source: Trace, source_token: int) -> Self:
        """Return the patch that takes the token's part from another pass; its batch must be of the same size.

        Raises ValueError if that pass has no such path or token.
        """
        recorded, axis = source[path].detach(), token_axis(path)
        check_token("token", source_token, source.config, recorded.shape[axis])
        return cls(path, token, recorded.select(axis, source_token))

    def site(self) -> str:
        return self.path

    def apply(self, recorded: Tensor) -> Tensor:
        patched, axis = recorded.clone(), token_axis(self.path)
        part = patched.select(axis, self.token)
        if self.tensor.shape != part.shape or self.tensor.dtype != part.dtype:
            raise ValueError(
                f"Token {self.token} of {self.path!r} was given {tuple(self.tensor.shape)} of {self.tensor.dtype}; "
                f"this pass needs {tuple(part.shape)} of {part.dtype} there."
            )
        part.copy_(self.tensor)
        return patched

    def operation(self, index: tuple[int, ...], recorded: Operation) -> Operation:
        axis = token_axis(self.path)
        if index[axis] != self.token:
            return recorded
        n_axes = self.tensor.ndim + 1
        sizes = [self.token + 1 if at == axis else -1 for at in range(n_axes)]
        return Replaced(self.tensor.unsqueeze(axis).expand(sizes))

    def check(self, config: EncoderConfig, masked: bool, length: int | None = None) -> None:
        super().check(config, masked, length)
        check_token("token", self.token, config, length)
        check_tensor(self.path, self.tensor)
