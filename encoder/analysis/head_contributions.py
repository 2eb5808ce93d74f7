"""What each attention head adds to the residual stream: heads are summed, so each has a share of its own."""

import torch
from jaxtyping import Float
from torch import Tensor

from encoder.edits.places import check_layer
from encoder.trace import Trace


def head_contributions(trace: Trace) -> Float[Tensor, "layer head batch token d_model"]:
    """Take every layer's attention output apart into its heads.

    That is n_layers · n_heads times the size of the stream; `layer_head_contributions` does one layer alone.
    """
    return torch.stack([layer_head_contributions(trace, layer) for layer in range(trace.config.n_layers)])


def layer_head_contributions(trace: Trace, layer: int) -> Float[Tensor, "head batch token d_model"]:
    """Take one layer's attention output apart: Σ_h context_h·W_O^h + b_O = output, with W_O^h the head's rows of W_O.

    The parameters are those that the trace's encoder has now. Raises ValueError for a layer that is not there.
    Source: Elhage et al. 2021, A Mathematical Framework for Transformer Circuits.
    """
    check_layer(layer, trace.config)
    W_O = trace.encoder.get_parameter(f"layers.{layer}.attention.W_O").unflatten(0, (trace.config.n_heads, -1))
    return torch.einsum("bhtk,hkd->hbtd", trace.layers[layer].attention.context, W_O)
