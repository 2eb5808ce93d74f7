"""The linear map with a bias, in the paper's layout."""

from torch import Tensor


def affine(x: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """Multiply each token's vector by a matrix and add a bias: x·W + b.

    Shapes: x [..., d_in], W [d_in, d_out], b [d_out] -> [..., d_out]. The paper writes x·W (Vaswani et al. 2017
    §3.2.2); torch keeps the transpose, so that its `weight` is our W.T.
    """
    return (x @ W).add_(b)
