"""The feed-forward network is torch's, built from its own modules."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from encoder.edits import UNEDITED
from encoder.feed_forward import FeedForward
from tests.encoder.conftest import prime_config


@pytest.mark.parametrize(("activation", "oracle"), [("gelu", nn.GELU()), ("relu", nn.ReLU())])
def test_it_equals_a_sequence_of_torchs_own_modules(activation: str, oracle: nn.Module) -> None:
    torch.manual_seed(0)
    network = FeedForward(prime_config(activation=activation)).double()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.normal_()
    first, second = nn.Linear(13, 17).double(), nn.Linear(17, 13).double()
    with torch.no_grad():
        first.weight.copy_(network.W_1.T)
        first.bias.copy_(network.b_1)
        second.weight.copy_(network.W_2.T)
        second.bias.copy_(network.b_2)
    x = torch.randn(2, 11, 13, dtype=torch.float64)
    trace = network(x, UNEDITED)
    assert_close(trace.pre_activation, first(x))
    assert_close(trace.activation, oracle(first(x)))
    assert_close(trace.output, second(oracle(first(x))))


def test_each_token_is_worked_on_alone() -> None:
    torch.manual_seed(0)
    network, x = FeedForward(prime_config()).double(), torch.randn(2, 11, 13, dtype=torch.float64)
    alone = network(x[:, 5:6], UNEDITED).output
    assert_close(network(x, UNEDITED).output[:, 5:6], alone)
