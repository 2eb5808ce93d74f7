"""One set of parameters that holds a trained encoder of every smaller shape: its first layers, heads and dimensions.

Source: nested training as in slimmable networks (Yu et al. 2019), DynaBERT (Hou et al. 2020) and MatFormer
(Devvrit et al. 2023). `encoder.learning.nested` trains such parameters.
"""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields, replace
from functools import lru_cache
from typing import Any, Self, final

from torch import Tensor

from encoder.config import EncoderConfig
from encoder.model import Encoder
from encoder.weights.assembly import skeleton
from encoder.whole_number import is_whole_number

WIDTH_STEP = 16


@final
@dataclass(frozen=True, order=True)
class Shape:
    """How many layers, heads and dimensions of the whole are in use."""

    n_layers: int
    n_heads: int
    d_model: int

    def __str__(self) -> str:
        """Write the shape as layers·heads·dimensions.

        >>> str(Shape(2, 4, 64))
        '2·4·64'
        """
        return f"{self.n_layers}·{self.n_heads}·{self.d_model}"

    def meet(self, other: Self) -> Self:
        """Return the largest shape that is a slice of both.

        >>> str(Shape(1, 8, 128).meet(Shape(3, 4, 64)))
        '1·4·64'
        """
        return type(self)(*map(min, astuple(self), astuple(other)))

    def join(self, other: Self) -> Self:
        """Return the smallest shape that both are slices of.

        >>> str(Shape(1, 8, 128).join(Shape(3, 4, 64)))
        '3·8·128'
        """
        return type(self)(*map(max, astuple(self), astuple(other)))

    def is_slice_of(self, other: Self) -> bool:
        """Tell whether a whole of the other shape offers this one.

        >>> Shape(1, 2, 16).is_slice_of(Shape(1, 8, 128)), Shape(2, 2, 16).is_slice_of(Shape(1, 8, 128))
        (True, False)
        """
        return self.meet(other) == self

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Self:
        """Return the shape whose three sizes stand in an entry of a table, by their names.

        Raises ValueError if one of them is no whole number of at least 1.
        """
        sizes = {field.name: entry[field.name] for field in fields(cls)}
        for name, size in sizes.items():
            if not is_whole_number(size) or size < 1:
                raise ValueError(f"{name} is {size!r}, no whole number of at least 1")
        return cls(**sizes)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a shape such as 3·4·64 or 3x4x64; raises ValueError if the text is none.

        >>> Shape.parse("3x4x64")
        Shape(n_layers=3, n_heads=4, d_model=64)
        """
        sizes = text.replace("x", "·").split("·")
        if len(sizes) != 3 or not all(size.isdecimal() for size in sizes):
            raise ValueError(f"{text!r} is no shape; write layers, heads and d_model as 3x4x64.")
        return cls(*map(int, sizes))


@final
class NestedEncoder:
    """Cut encoders of any offered shape out of one whole; they share its numbers instead of copying them.

    The slice at (L, H, d) has the first L layers, the first H heads of each, and the first d dimensions of every
    vector; d_ff = 4·d, and d_head stays. Its parameters are views of the whole's: a change to one shows in the other.
    Raises ValueError if the whole cannot be nested: d_ff must be 4·d_model, d_model a multiple of 16, and positions
    learned or absent, as the first half of a wide sinusoidal encoding is not a narrow one.

    >>> whole = Encoder(EncoderConfig(vocab_size=11, d_model=32, n_heads=2, n_layers=2, positions="learned"))
    >>> NestedEncoder(whole).at(n_layers=1, n_heads=2, d_model=16).config.d_ff
    64
    """

    def __init__(self, whole: Encoder) -> None:
        check_nestable(whole.config)
        self.whole = whole

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """Every shape that can be cut out, the smallest first and the whole last."""
        return offered_shapes(self.whole.config)

    def at(self, n_layers: int, n_heads: int, d_model: int) -> Encoder:
        """Return the encoder with the first layers, heads and dimensions; it costs no copy and draws no numbers.

        Raises ValueError if one of the three sizes is not offered.
        """
        encoder = skeleton(slice_config(self.whole.config, Shape(n_layers, n_heads, d_model)))
        parameters = dict(self.whole.named_parameters())
        sliced = {name: _block(parameters[name].detach(), room.shape) for name, room in encoder.named_parameters()}
        encoder.load_state_dict(sliced, assign=True)
        return encoder.train(self.whole.training)


def check_nestable(config: EncoderConfig) -> None:
    """Raise ValueError if encoders of this config have no meaningful slices."""
    if config.positions == "sinusoidal":
        raise ValueError(
            "positions are 'sinusoidal'; the first dimensions of a wide sinusoidal encoding are not a narrow one. "
            "Use positions 'learned' or 'none' for a nested encoder."
        )
    if config.d_ff != 4 * config.d_model:
        raise ValueError(
            f"d_ff is {config.d_ff}; a nested encoder needs 4 · d_model = {4 * config.d_model}. Leave d_ff out."
        )
    if config.d_model % WIDTH_STEP:
        raise ValueError(
            f"d_model is {config.d_model}; a nested encoder needs a multiple of {WIDTH_STEP}, such as "
            f"{WIDTH_STEP * max(1, round(config.d_model / WIDTH_STEP))}."
        )


def offered_shapes(config: EncoderConfig) -> tuple[Shape, ...]:
    """Every shape of a whole of this config, the smallest first: all layers × heads × widths in steps of 16.

    >>> config = EncoderConfig(vocab_size=11, d_model=128, n_heads=8, n_layers=6, positions="learned")
    >>> len(offered_shapes(config))
    384
    """
    return tuple(
        Shape(n_layers, n_heads, d_model)
        for n_layers in range(1, config.n_layers + 1)
        for n_heads in range(1, config.n_heads + 1)
        for d_model in range(WIDTH_STEP, config.d_model + 1, WIDTH_STEP)
    )


def slice_config(config: EncoderConfig, shape: Shape) -> EncoderConfig:
    """Return the config of the slice; raises ValueError if the whole does not offer that shape."""
    for name, largest in (("n_layers", config.n_layers), ("n_heads", config.n_heads)):
        size = getattr(shape, name)
        if not is_whole_number(size) or not 1 <= size <= largest:
            raise ValueError(
                f"{name} is {size!r}; these nested parameters have slices of 1 to {largest}. Give a whole number there."
            )
    widths = range(WIDTH_STEP, config.d_model + 1, WIDTH_STEP)
    if not is_whole_number(shape.d_model) or shape.d_model not in widths:
        raise ValueError(
            f"d_model is {shape.d_model!r}; these nested parameters have slices of {', '.join(map(str, widths))}. "
            "Give one of them."
        )
    return replace(
        config, n_layers=shape.n_layers, n_heads=shape.n_heads, d_model=shape.d_model, d_ff=4 * shape.d_model
    )


def slice_parameters(parameters: Mapping[str, Tensor], config: EncoderConfig, shape: Shape) -> dict[str, Tensor]:
    """Return the leading block of every parameter that the slice has, as views; gradients flow back to the whole.

    `parameters` are the whole's, by their names in `state_dict()`, and `config` is the whole's.
    """
    sizes = _parameter_sizes(slice_config(config, shape))
    return {name: _block(parameters[name], own_sizes) for name, own_sizes in sizes}


def _block(values: Tensor, sizes: Sequence[int]) -> Tensor:
    return values[tuple(map(slice, sizes))]


@lru_cache(maxsize=512)
def _parameter_sizes(config: EncoderConfig) -> tuple[tuple[str, tuple[int, ...]], ...]:
    return tuple((name, tuple(values.shape)) for name, values in skeleton(config).named_parameters())
