"""What a `torch.nn.TransformerEncoder` computes, read off the module; what our encoder cannot compute is refused."""

from dataclasses import dataclass
from typing import final

import torch
from torch import nn
from torch.nn import functional

from encoder.config import Activation, Norm
from encoder.weights.torch_names import LAYER, STACKED

PARTS: dict[str, tuple[type[nn.Module], ...]] = {
    "self_attn": (nn.MultiheadAttention,),
    "dropout1": (nn.Dropout, nn.Identity),
    "norm1": (nn.LayerNorm,),
    "linear1": (nn.Linear,),
    "dropout": (nn.Dropout, nn.Identity),
    "linear2": (nn.Linear,),
    "dropout2": (nn.Dropout, nn.Identity),
    "norm2": (nn.LayerNorm,),
}
"""The parts of a torch layer, and the classes whose arithmetic ours has."""


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
    _check_no_hooks(module)
    return first


def _settings_of_layer(place: str, layer: nn.Module) -> TorchSettings:
    _check_type(place, layer, nn.TransformerEncoderLayer)
    assert isinstance(layer, nn.TransformerEncoderLayer)
    for name, allowed in PARTS.items():
        _check_type(f"{place}.{name}", getattr(layer, name), *allowed)
    _check_parameters(place, layer)
    _check_no_dropout(place, layer)
    if layer.self_attn.add_zero_attn:
        raise ValueError(f"{place}.self_attn has a key of zeros besides the tokens; give it add_zero_attn=False.")
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


def _check_type(place: str, module: object, *allowed: type[nn.Module]) -> None:
    if type(module) not in allowed:
        raise ValueError(
            f"{place} is a {type(module).__name__}; it must be a "
            f"{' or '.join(f'torch.nn.{kind.__name__}' for kind in allowed)} itself, "
            "as a class of its own may compute anything."
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
    if activation in (functional.relu, torch.relu) or type(activation) is nn.ReLU:
        return "relu"
    if activation is functional.gelu or (type(activation) is nn.GELU and activation.approximate == "none"):
        return "gelu"
    raise ValueError(
        f"{place} has the activation {activation!r}; it must be torch's own ReLU, or its GELU without approximation."
    )


def _check_no_hooks(module: nn.TransformerEncoder) -> None:
    for place, part in module.named_modules():
        if part._forward_pre_hooks or part._forward_hooks or "forward" in vars(part):
            raise ValueError(
                f"{place or 'The module'} has a forward hook, or a forward of its own, which may change what is "
                "computed. Remove it first."
            )


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
