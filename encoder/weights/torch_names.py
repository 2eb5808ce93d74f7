"""Our parameters' names and torch's, and the way between them.

torch keeps each matrix transposed, since it computes x·weightᵀ, and W_Q, W_K and W_V stacked as one.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

LAYER = {
    "attention.W_O": "self_attn.out_proj.weight",
    "attention.b_O": "self_attn.out_proj.bias",
    "attention_norm.gamma": "norm1.weight",
    "attention_norm.beta": "norm1.bias",
    "feed_forward.W_1": "linear1.weight",
    "feed_forward.b_1": "linear1.bias",
    "feed_forward.W_2": "linear2.weight",
    "feed_forward.b_2": "linear2.bias",
    "feed_forward_norm.gamma": "norm2.weight",
    "feed_forward_norm.beta": "norm2.bias",
}
STACKED = {"attention.W": "self_attn.in_proj_weight", "attention.b": "self_attn.in_proj_bias"}
FINAL_NORM = {"final_norm.gamma": "norm.weight", "final_norm.beta": "norm.bias"}


def to_torch_names(ours: Mapping[str, Tensor], n_layers: int) -> dict[str, Tensor]:
    """The parameters of `torch.nn.TransformerEncoder`, from those of our layers; others of ours are left out."""
    theirs = {torch_name: ours[name] for name, torch_name in FINAL_NORM.items() if name in ours}
    for layer in (f"layers.{index}." for index in range(n_layers)):
        for name, torch_name in LAYER.items():
            theirs[layer + torch_name] = ours[layer + name].t()
        for name, torch_name in STACKED.items():
            theirs[layer + torch_name] = torch.cat([ours[f"{layer}{name}_{which}"].t() for which in "QKV"])
    return theirs


def from_torch_names(theirs: Mapping[str, Tensor], n_layers: int) -> dict[str, Tensor]:
    """The parameters of our layers, from those of `torch.nn.TransformerEncoder`."""
    ours = {name: theirs[torch_name] for name, torch_name in FINAL_NORM.items() if torch_name in theirs}
    for layer in (f"layers.{index}." for index in range(n_layers)):
        for name, torch_name in LAYER.items():
            ours[layer + name] = theirs[layer + torch_name].t()
        for name, torch_name in STACKED.items():
            for which, part in zip("QKV", theirs[layer + torch_name].chunk(3), strict=True):
                ours[f"{layer}{name}_{which}"] = part.t()
    return ours
