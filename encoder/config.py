"""The sizes and choices that define an encoder, checked before anything is built."""

from dataclasses import dataclass, field
from typing import Literal, final, get_args

from encoder.whole_number import is_whole_number

Norm = Literal["post", "pre"]
Positions = Literal["sinusoidal", "learned", "none"]
Activation = Literal["gelu", "relu"]


@final
@dataclass(frozen=True)
class Limits:
    """The largest sizes that an encoder accepts, so that a stranger's link cannot exhaust the host.

    A study of larger encoders raises them on purpose: `EncoderConfig(..., limits=Limits(d_model=768))`. That of d_head
    is `d_model`, that of d_ff `4 * d_model`.
    """

    max_length: int = 128
    d_model: int = 512
    n_layers: int = 12
    n_heads: int = 16
    vocab_size: int = 65_536


LIMITS = Limits()


@final
@dataclass(frozen=True)
class EncoderConfig:
    """Every size and choice of an encoder; equal configs build equal encoders, bit for bit.

    `d_head` defaults to `max(1, d_model // n_heads)` and need not divide anything: the heads together are
    `n_heads * d_head` wide, and W_O brings them back to `d_model`. `d_ff` defaults to `4 * d_model`.
    `norm` says where LayerNorm stands: "post" as in Vaswani et al. 2017 §3.1, "pre" as in Xiong et al. 2020.

    Raises ValueError that names the size, what was given and what is allowed.

    >>> config = EncoderConfig(vocab_size=100, d_model=64, n_heads=4, n_layers=2)
    >>> config.d_head, config.d_ff
    (16, 256)
    """

    vocab_size: int
    d_model: int
    n_heads: int
    n_layers: int
    d_head: int = None  # type: ignore[assignment]  # resolved to max(1, d_model // n_heads)
    d_ff: int = None  # type: ignore[assignment]  # resolved to 4 * d_model
    max_length: int = 128
    norm: Norm = "post"
    positions: Positions = "sinusoidal"
    activation: Activation = "gelu"
    embedding_norm: bool = False
    layer_norm_epsilon: float = 1e-5
    seed: int = 0
    prediction_head: bool = False
    limits: Limits = field(default=LIMITS, compare=False, repr=False)

    def __post_init__(self) -> None:
        for name in ("vocab_size", "d_model", "n_heads", "n_layers", "max_length"):
            _check_size(name, getattr(self, name), getattr(self.limits, name))
        if self.d_head is None:
            object.__setattr__(self, "d_head", max(1, self.d_model // self.n_heads))
        if self.d_ff is None:
            object.__setattr__(self, "d_ff", 4 * self.d_model)
        _check_size("d_head", self.d_head, self.limits.d_model)
        _check_size("d_ff", self.d_ff, 4 * self.limits.d_model)
        _check_choice("norm", self.norm, get_args(Norm))
        _check_choice("positions", self.positions, get_args(Positions))
        _check_choice("activation", self.activation, get_args(Activation))
        for name in ("embedding_norm", "prediction_head"):
            if not isinstance(getattr(self, name), bool):
                raise ValueError(f"{name} is {getattr(self, name)!r}; it must be True or False.")
        if not isinstance(self.layer_norm_epsilon, float) or not 0.0 < self.layer_norm_epsilon <= 1.0:
            raise ValueError(
                f"layer_norm_epsilon is {self.layer_norm_epsilon!r}; "
                "it must be a float above 0 and at most 1, such as 1e-5."
            )
        if not is_whole_number(self.seed) or not 0 <= self.seed < 2**63:
            raise ValueError(f"seed is {self.seed!r}; it must be a whole number from 0 to 2**63 - 1.")


def _check_size(name: str, value: object, largest: int) -> None:
    if not is_whole_number(value) or not 1 <= value <= largest:
        raise ValueError(f"{name} is {value!r}; it must be a whole number from 1 to {largest}.")


def _check_choice(name: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{name} is {value!r}; it must be one of {', '.join(map(repr, allowed))}.")
