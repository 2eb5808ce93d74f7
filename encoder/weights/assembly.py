"""An encoder around given parameters: checked, and put in place instead of random ones."""

from collections.abc import Mapping

import torch
from torch import Tensor

from encoder.config import EncoderConfig
from encoder.model import Encoder

DTYPES = (torch.float32, torch.float64)


def skeleton(config: EncoderConfig) -> Encoder:
    """Build an encoder whose parameters have shapes but no numbers, on torch's "meta" device, in milliseconds."""
    with torch.device("meta"):
        return Encoder(config)


def assemble(config: EncoderConfig, parameters: Mapping[str, Tensor]) -> Encoder:
    """Build the encoder of this config around these parameters, named as in `state_dict()`; no random ones are drawn.

    The given tensors themselves become the parameters, not copies of them. Raises ValueError that names the first
    parameter that is missing, unknown, of another shape or dtype than it should be, or not finite.

    >>> whole = Encoder(EncoderConfig(vocab_size=11, d_model=8, n_heads=2, n_layers=1))
    >>> twin = assemble(whole.config, whole.state_dict())
    >>> torch.equal(twin(torch.tensor([[1, 2, 3]])).output, whole(torch.tensor([[1, 2, 3]])).output)
    True
    """
    encoder = skeleton(config)
    check_shapes(parameters, {name: tuple(room.shape) for name, room in encoder.state_dict().items()})
    check_numbers(parameters)
    encoder.load_state_dict(parameters, assign=True)
    return encoder


def check_shapes(parameters: Mapping[str, Tensor], expected: Mapping[str, tuple[int, ...]]) -> None:
    """Raise ValueError if there are not exactly the expected parameters, each of the expected shape."""
    missing = [name for name in expected if name not in parameters]
    unknown = [name for name in parameters if name not in expected]
    if missing:
        raise ValueError(f"The config asks for parameters that are missing: {_some(missing)}.")
    if unknown:
        raise ValueError(f"The config has no parameters of these names: {_some(unknown)}.")
    for name, shape in expected.items():
        if parameters[name].shape != shape:
            raise ValueError(f"{name!r} is {tuple(parameters[name].shape)}; the config asks for {shape}.")


def check_numbers(parameters: Mapping[str, Tensor]) -> None:
    """Raise ValueError if the parameters are not all finite numbers of one and the same precision."""
    first, dtype = next((name, values.dtype) for name, values in parameters.items())
    for name, values in parameters.items():
        if values.dtype not in DTYPES:
            raise ValueError(f"{name!r} is {values.dtype}; parameters are torch.float32 or torch.float64.")
        if values.dtype != dtype:
            raise ValueError(f"{name!r} is {values.dtype}, but {first!r} is {dtype}; all must have the same dtype.")
        if not all(bound.isfinite() for bound in values.aminmax()):  # NaN is its own smallest and largest
            broken = int((~values.isfinite()).sum())
            raise ValueError(f"{name!r} holds numbers that are not finite, {broken} of {values.numel()}.")


def _some(names: list[str]) -> str:
    return ", ".join(map(repr, names[:3])) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
