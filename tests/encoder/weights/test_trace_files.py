import csv
import io

import numpy as np
import pytest
import torch
from safetensors.numpy import load as from_safetensors

from encoder import Encoder, Trace, describe
from encoder.weights.trace_files import tensor_csv, tensor_npy, trace_npz, trace_safetensors
from tests.encoder.conftest import prime_config, some_mask, some_tokens


@pytest.fixture(scope="module")
def trace() -> Trace:
    config = prime_config(norm="pre")
    with torch.inference_mode():
        made: Trace = Encoder(config)(some_tokens(config), some_mask())
    return made


PATHS = ("token_ids", "key_mask", "embedding.position", "layers.1.attention.masked_scores", "final_norm.std")


@pytest.mark.parametrize("path", PATHS)
def test_one_tensor_comes_back_bit_for_bit_from_npy_and_csv(trace: Trace, path: str) -> None:
    expected = trace[path].numpy()
    loaded = np.load(io.BytesIO(tensor_npy(trace, path)), allow_pickle=False)
    assert (loaded.dtype, loaded.shape, loaded.tobytes()) == (expected.dtype, expected.shape, expected.tobytes())

    heading, *lines = csv.reader(io.StringIO(tensor_csv(trace, path).decode()))
    assert heading == [*describe(path).axes, "value"]
    assert len(lines) == expected.size
    for *index, value in lines:
        recorded = expected[tuple(map(int, index))]
        assert str(recorded) == value
        assert path == "key_mask" or expected.dtype.type(value) == recorded


def test_the_whole_trace_comes_back_bit_for_bit_from_npz_and_safetensors(trace: Trace) -> None:
    with np.load(io.BytesIO(trace_npz(trace)), allow_pickle=False) as npz:
        for loaded in (dict(npz), from_safetensors(trace_safetensors(trace))):
            assert set(loaded) == set(trace.paths)
            for path, tensor in trace.items():
                assert loaded[path].tobytes() == tensor.numpy().tobytes(), path
                assert loaded[path].shape == tensor.shape
