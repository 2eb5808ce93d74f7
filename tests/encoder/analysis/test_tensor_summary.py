import math

import numpy as np
import pytest
import torch

from encoder import Encoder, Trace
from encoder.analysis.tensor_summary import BINS, tensor_summary, trace_summary
from tests.encoder.conftest import prime_config, some_mask, some_tokens


def some_trace(masked: bool) -> Trace:
    config = prime_config(norm="pre", embedding_norm=True, prediction_head=True)
    with torch.no_grad():
        trace: Trace = Encoder(config)(some_tokens(config), some_mask() if masked else None)
    return trace


@pytest.mark.parametrize("masked", [False, True])
def test_every_tensor_is_summarized_as_numpy_would(masked: bool) -> None:
    trace = some_trace(masked)
    summaries = trace_summary(trace)
    assert tuple(summary.path for summary in summaries) == trace.paths
    for summary in summaries:
        values = trace[summary.path].numpy().astype(np.float64)
        finite = values[np.isfinite(values)]
        assert summary.shape == values.shape
        assert (summary.n_infinite, summary.n_broken) == (values.size - finite.size, 0)
        expected = [finite.mean(), finite.std(), finite.min(), finite.max(), np.linalg.norm(finite)]
        found = [summary.mean, summary.std, summary.smallest, summary.largest, summary.norm]
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12, err_msg=summary.path)
        assert sum(summary.histogram) == finite.size
        if finite.min() < finite.max():
            np.testing.assert_array_equal(summary.histogram, np.histogram(finite, BINS)[0], summary.path)


def test_minus_infinity_is_counted_and_left_out_of_everything_else() -> None:
    summary = tensor_summary(some_trace(masked=True), "layers.0.attention.masked_scores")
    assert summary.n_infinite == 3 * 11 * 3
    assert all(map(math.isfinite, (summary.mean, summary.std, summary.smallest, summary.largest, summary.norm)))


def test_infinity_and_nan_are_counted_apart_and_left_out_of_everything_else() -> None:
    trace = some_trace(masked=True)
    before = tensor_summary(trace, "layers.0.attention.masked_scores")
    trace.layers[0].attention.masked_scores[0, 0, 0, :3] = torch.tensor([math.inf, math.nan, -math.inf])
    summary = tensor_summary(trace, "layers.0.attention.masked_scores")
    assert (summary.n_infinite, summary.n_broken) == (before.n_infinite + 1, 2)
    assert all(map(math.isfinite, (summary.mean, summary.std, summary.smallest, summary.largest, summary.norm)))


def test_a_tensor_of_minus_infinity_alone_has_no_figures() -> None:
    trace = some_trace(masked=False)
    trace.layers[0].attention.scores.fill_(-math.inf)
    summary = tensor_summary(trace, "layers.0.attention.scores")
    assert math.isnan(summary.mean)
    assert sum(summary.histogram) == 0


def test_an_unknown_path_names_the_nearest() -> None:
    with pytest.raises(ValueError, match=r"'layers.0.attention.weight' is no path of this trace; the nearest one is"):
        tensor_summary(some_trace(masked=False), "layers.0.attention.weight")
