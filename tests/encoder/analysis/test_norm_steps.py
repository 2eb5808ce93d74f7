from math import sqrt

import pytest
import torch
from torch.nn.functional import layer_norm

from encoder import Encoder, Trace
from encoder.analysis.norm_steps import norm_paths, norm_steps
from tests.encoder.conftest import prime_config, some_tokens


def some_trace(norm: str, **choices: object) -> Trace:
    config = prime_config(norm=norm, **choices)
    with torch.no_grad():
        trace: Trace = Encoder(config).double()(some_tokens(config))
    return trace


def test_each_norm_reads_what_torch_turns_into_its_output(norm: str) -> None:
    trace = some_trace(norm, embedding_norm=True)
    assert len(norm_paths(trace)) == (5 if norm == "post" else 6)
    for path in norm_paths(trace):
        steps = norm_steps(trace, path)
        torch.testing.assert_close(layer_norm(trace[steps.before], (13,), eps=1e-5), trace[f"{path}.normalized"])
        torch.testing.assert_close(steps.lengths[0], trace[steps.before].norm(dim=-1))
        torch.testing.assert_close(steps.lengths[3], trace[f"{path}.output"].norm(dim=-1))


def test_normalized_vectors_lie_on_the_sphere_but_for_epsilon(norm: str) -> None:
    trace = some_trace(norm)
    for path in norm_paths(trace):
        steps = norm_steps(trace, path)
        variance = steps.lengths[1].square() / 13
        torch.testing.assert_close(steps.lengths[2], (13 * variance / (variance + 1e-5)).sqrt())
        assert steps.off_sphere == pytest.approx(float((steps.lengths[2] - sqrt(13)).abs().max()))
        assert 0 < steps.off_sphere < 0.01


def test_a_norm_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="'final_norm' is no LayerNorm of this trace; choose one of"):
        norm_steps(some_trace("post"), "final_norm")
