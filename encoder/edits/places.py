"""Which places an edit can name, and by how much it can scale: the checks that edits share."""

from torch import Tensor

from encoder.config import EncoderConfig
from encoder.whole_number import is_place

LARGEST_FACTOR = 1000.0
"""Beyond it nothing more is to be seen, and some factor from a stranger's link would make infinities."""


def check_layer(layer: int, config: EncoderConfig) -> None:
    """Raise ValueError if there is no such layer."""
    if not is_place(layer, config.n_layers):
        raise ValueError(
            f"There is no layer {layer!r}; this encoder has layers 0 to {config.n_layers - 1}. Name one of them."
        )


def check_head(layer: int, head: int, config: EncoderConfig) -> None:
    """Raise ValueError if there is no such layer, or no such head in it."""
    check_layer(layer, config)
    if not is_place(head, config.n_heads):
        raise ValueError(
            f"There is no head {head!r}; each layer has heads 0 to {config.n_heads - 1}. Name one of them."
        )


def check_token(axis: str, token: int, config: EncoderConfig, length: int | None) -> None:
    """Raise ValueError if the sentence, or where it is not known yet any sentence, has no such token on this axis."""
    if not is_place(token, config.max_length):
        raise ValueError(
            f"There is no {axis} {token!r}; the longest sentence has the tokens 0 to {config.max_length - 1}. "
            "Name one of them."
        )
    if length is not None and token >= length:
        raise ValueError(
            f"There is no {axis} {token}; this sentence has the tokens 0 to {length - 1}. "
            "Name one of them, or leave the edit out."
        )


def check_factor(what: str, factor: float) -> None:
    """Raise ValueError if nothing sensible can be scaled by this factor."""
    is_number = isinstance(factor, int | float) and not isinstance(factor, bool)
    if not is_number or not abs(factor) <= LARGEST_FACTOR:  # so that NaN is refused, too
        raise ValueError(
            f"{what} cannot be scaled by {factor!r}; give a number from −{LARGEST_FACTOR:g} to {LARGEST_FACTOR:g}, "
            "such as 0.0 or 2.0."
        )


def check_tensor(path: str, tensor: Tensor) -> None:
    """Raise ValueError if what is to be put at this path is no tensor."""
    if not isinstance(tensor, Tensor):
        raise ValueError(f"{path!r} was given a {type(tensor).__name__}; give a torch.Tensor to put there.")
