"""The paths that say who reads what name the very tensors that the modules read."""

import pytest

from encoder import Encoder, trace_paths
from encoder.stream import LAYER_READS, stream_after, stream_into
from tests.encoder.conftest import prime_config, some_tokens


@pytest.mark.parametrize("embedding_norm", [False, True])
def test_the_stream_behind_each_layer_is_that_layers_output(norm: str, embedding_norm: bool) -> None:
    config = prime_config(norm=norm, embedding_norm=embedding_norm)
    trace = Encoder(config)(some_tokens(config))
    outputs = [trace.embedding.output, *(layer.output for layer in trace.layers)]
    for n_layers, output in enumerate(outputs):
        assert trace[stream_after(n_layers, config)] is output


def test_the_prediction_reads_the_encoders_output(norm: str) -> None:
    config = prime_config(norm=norm, prediction_head=True)
    trace = Encoder(config)(some_tokens(config))
    assert trace[stream_into("prediction.pre_activation", config)] is trace.output
    assert trace[stream_into("prediction.norm.std", config)] is trace["prediction.activation"]


def test_the_final_norm_reads_the_last_layer() -> None:
    config = prime_config(norm="pre")
    assert stream_into("final_norm.mean", config) == "layers.1.feed_forward_residual"


def test_both_placements_name_all_parts_of_a_layer() -> None:
    parts = {path.split(".")[2] for path in trace_paths(prime_config()) if path.startswith("layers.")}
    assert set(LAYER_READS["post"]) == set(LAYER_READS["pre"]) == parts


def test_a_tensor_outside_the_stream_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'embedding\.token' reads no stream; its sources have names of their own"):
        stream_into("embedding.token", prime_config())
