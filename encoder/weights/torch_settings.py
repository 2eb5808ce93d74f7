"""What a `torch.nn.TransformerEncoder` computes, read off the module; what our encoder cannot compute is refused."""

from dataclasses import dataclass
from typing import final

import torch
from torch import nn
from torch.nn import functional

from encoder.config import Activation, Norm
from encoder.weights.torch_names import LAYER, STACKED


@final
@dataclass(frozen=True)
class TorchSettings:
    """The sizes and choices that all layers of a torch encoder share."""

    d_model: int
    n_heads: int
    d_ff: int
    norm: Norm
    activation: Activation
    layer_norm_epsilon: float


def settings_of(module: nn.TransformerEncoder) -> TorchSettings:
    """Read the settings; raises ValueError that says why, if no encoder of ours computes the same as the module."""
    _check_type("The module", module, nn.TransformerEncoder)
    if not len(module.layers):
        raise ValueError("The module has no layers; it must have at least one.")
    first, *others = (_settings_of_layer(f"layers.{index}", layer) for index, layer in enumerate(module.layers))
    for index, other in enumerate(others, start=1):
        if other != first:
            raise ValueError(f"layers.{index} has {other}, but layers.0 has {first}; all layers must have the same.")
    _check_final_norm(module.norm, first)
    return first


def _settings_of_layer(place: str, layer: nn.Module) -> TorchSettings:
    _check_type(place, layer, nn.TransformerEncoderLayer)
    assert isinstance(layer, nn.TransformerEncoderLayer)
    _check_parameters(place, layer)
    _check_no_dropout(place, layer)
    if layer.norm1.eps != layer.norm2.eps:
        raise ValueError(f"{place} has the epsilons {layer.norm1.eps} and {layer.norm2.eps}; ours has one for both.")
    return TorchSettings(
        d_model=layer.linear1.in_features,
        n_heads=layer.self_attn.num_heads,
        d_ff=layer.linear1.out_features,
        norm="pre" if layer.norm_first else "post",
        activation=_activation(place, layer.activation),
        layer_norm_epsilon=layer.norm1.eps,
    )


def _check_type(place: str, module: object, expected: type[nn.Module]) -> None:
    if type(module) is not expected:
        raise ValueError(
            f"{place} is a {type(module).__name__}; "
            f"it must be a torch.nn.{expected.__name__} itself, as a class of its own may compute anything."
        )


def _check_parameters(place: str, layer: nn.Module) -> None:
    expected = {*LAYER.values(), *STACKED.values()}
    for name in sorted(expected ^ set(layer.state_dict())):
        if name in expected:
            raise ValueError(
                f"{place} has no {name}; ours needs it, biases included. Build the torch layer with bias=True."
            )
        raise ValueError(f"{place} has {name}, for which ours has no place.")


def _check_no_dropout(place: str, layer: nn.TransformerEncoderLayer) -> None:
    for part in layer.modules():
        rate = part.dropout if isinstance(part, nn.MultiheadAttention) else getattr(part, "p", 0.0)
        if part.training and rate > 0:
            raise ValueError(
                f"{place} is in training with dropout {rate}; ours has none. "
                "Call module.eval() first: then dropout does nothing, and the two agree."
            )


def _activation(place: str, activation: object) -> Activation:
    if activation in (functional.relu, torch.relu) or isinstance(activation, nn.ReLU):
        return "relu"
    if activation is functional.gelu or (isinstance(activation, nn.GELU) and activation.approximate == "none"):
        return "gelu"
    raise ValueError(f"{place} has the activation {activation!r}; it must be ReLU, or GELU without approximation.")


def _check_final_norm(final_norm: nn.Module | None, settings: TorchSettings) -> None:
    if settings.norm == "post":
        if final_norm is not None:
            raise ValueError("The module ends on a norm of its own; ours has one only in pre-LN. Give norm=None.")
        return
    if final_norm is None:
        raise ValueError(
            "The module is pre-LN without a final norm; ours has one. Give norm=torch.nn.LayerNorm(d_model)."
        )
    _check_type("norm", final_norm, nn.LayerNorm)
    if set(final_norm.state_dict()) != {"weight", "bias"} or final_norm.eps != settings.layer_norm_epsilon:
        raise ValueError(
            f"norm is {final_norm} with {sorted(final_norm.state_dict())}; it must have weight, bias and the layers' "
            f"epsilon {settings.layer_norm_epsilon}."
        )
