"""LayerNorm is torch's LayerNorm, taken apart."""

import pytest
import torch
from torch.nn.functional import layer_norm
from torch.testing import assert_close

from encoder.edits import UNEDITED
from encoder.normalization import LayerNorm

D_MODEL = 13


def norm_with_random_parameters(epsilon: float = 1e-5) -> LayerNorm:
    norm = LayerNorm(D_MODEL, epsilon).double()
    with torch.no_grad():
        norm.gamma.normal_()
        norm.beta.normal_()
    return norm


@pytest.mark.parametrize("epsilon", [1e-12, 1e-5, 0.5])
def test_it_equals_torch(epsilon: float) -> None:
    torch.manual_seed(0)
    norm, x = norm_with_random_parameters(epsilon), torch.randn(2, 11, D_MODEL, dtype=torch.float64)
    trace = norm(x, UNEDITED)
    assert_close(trace.output, layer_norm(x, (D_MODEL,), norm.gamma, norm.beta, epsilon))
    assert_close(trace.normalized, layer_norm(x, (D_MODEL,), eps=epsilon))


def test_it_is_the_hand_worked_case() -> None:
    norm = LayerNorm(2, 1.0)
    with torch.no_grad():
        norm.gamma.copy_(torch.tensor([2.0, 3.0]))
        norm.beta.copy_(torch.tensor([0.5, -1.0]))
    trace = norm(torch.tensor([[[2 + 3**0.5, 2 - 3**0.5]]]), UNEDITED)
    assert trace.mean.item() == 2.0
    assert_close(trace.std, torch.tensor([[2.0]]))
    assert_close(trace.output, torch.tensor([[[2 * 3**0.5 / 2 + 0.5, -3 * 3**0.5 / 2 - 1.0]]]))


def test_each_token_lands_on_the_sphere_of_radius_root_d() -> None:
    """LN(x) = √d·Px/‖Px‖ with P = I − 11ᵀ/d, where ε is small beside the variance."""
    torch.manual_seed(0)
    x = torch.randn(2, 11, D_MODEL, dtype=torch.float64) * 5
    P = torch.eye(D_MODEL, dtype=torch.float64) - 1 / D_MODEL
    projected = x @ P
    sphere = D_MODEL**0.5 * projected / torch.linalg.vector_norm(projected, dim=-1, keepdim=True)
    assert_close(norm_with_random_parameters(1e-12)(x, UNEDITED).normalized, sphere)


def test_it_works_per_token_not_per_batch() -> None:
    torch.manual_seed(0)
    norm, x = norm_with_random_parameters(), torch.randn(2, 11, D_MODEL, dtype=torch.float64)
    alone = norm(x[1:, 4:5], UNEDITED).output
    assert torch.equal(norm(x, UNEDITED).output[1:, 4:5], alone)


def test_a_constant_vector_becomes_beta_not_nan() -> None:
    norm = norm_with_random_parameters()
    output = norm(torch.full((1, 1, D_MODEL), 7.0, dtype=torch.float64), UNEDITED).output
    assert_close(output[0, 0], norm.beta)
