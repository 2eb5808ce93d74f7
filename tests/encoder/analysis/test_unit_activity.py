from typing import Any

import numpy as np
import pytest
import torch

from encoder import Encoder, Trace
from encoder.analysis.unit_activity import active_shares, strongest_units
from tests.encoder.conftest import prime_config, some_tokens


def some_trace(activation: str = "gelu") -> Trace:
    config = prime_config(activation=activation)
    with torch.no_grad():
        trace: Trace = Encoder(config)(some_tokens(config))
    return trace


@pytest.mark.parametrize("activation", ["gelu", "relu"])
def test_a_unit_is_active_if_its_activation_is_above_zero(activation: str) -> None:
    trace = some_trace(activation)
    shares = active_shares(trace)
    assert shares.shape == (2, *trace.token_ids.shape)
    for layer in range(2):
        for token in range(trace.token_ids.shape[1]):
            units = trace[f"layers.{layer}.feed_forward.activation"][1, token].tolist()
            assert shares[layer, 1, token] == pytest.approx(sum(unit > 0 for unit in units) / 17)


def test_the_strongest_units_are_those_that_add_the_longest_vectors() -> None:
    trace = some_trace()
    W_2 = trace.encoder.get_parameter("layers.1.feed_forward.W_2").detach()
    network = trace.layers[1].feed_forward
    each = network.activation[1, 5][:, None] * W_2
    found = strongest_units(trace, layer=1, token=5, count=17, sentence=1)
    torch.testing.assert_close(found.added, each.norm(dim=-1).sort(descending=True).values)
    assert found.pre_activation.tolist() == network.pre_activation[1, 5][found.units].tolist()
    # Together with the bias, what the units add is the network's whole output.
    b_2 = trace.encoder.get_parameter("layers.1.feed_forward.b_2").detach()
    torch.testing.assert_close(each.sum(dim=0) + b_2, network.output[1, 5], rtol=1e-5, atol=1e-6)


def test_places_and_counts_may_be_numpy_s() -> None:
    trace = some_trace()
    asked: dict[str, Any] = {"layer": np.int64(1), "token": np.int32(2), "count": np.int64(3)}
    assert strongest_units(trace, **asked).units.tolist() == strongest_units(trace, 1, 2, 3).units.tolist()


def test_no_more_units_are_given_than_there_are() -> None:
    assert len(strongest_units(some_trace(), 0, 0, count=99).units) == 17


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"layer": 2}, "There is no layer 2; give a whole number from 0 to 1"),
        ({"layer": -1}, "There is no layer -1; give"),
        ({"layer": 0.0}, r"There is no layer 0\.0; give"),
        ({"token": 11}, "There is no token 11; give a whole number from 0 to 10"),
        ({"token": True}, "There is no token True; give"),
        ({"sentence": 5}, "There is no sentence 5; give a whole number from 0 to 1"),
        ({"count": -1}, "count is -1; give a whole number of at least 0"),
        ({"count": 2.0}, r"count is 2\.0; give a whole number of at least 0"),
    ],
)
def test_what_is_not_there_or_cannot_be_counted_is_refused(choice: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        strongest_units(some_trace(), **{"layer": 0, "token": 0} | choice)
