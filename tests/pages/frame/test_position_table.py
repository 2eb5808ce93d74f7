from typing import Any

import pytest
import torch

from encoder import Encoder, EncoderConfig
from pages.frame.position_table import position_table

SIZES: dict[str, Any] = {"vocab_size": 11, "d_model": 14, "n_heads": 2, "n_layers": 1, "max_length": 23}


@pytest.mark.parametrize("positions", ["sinusoidal", "learned"])
def test_the_table_begins_with_the_vectors_of_the_trace(positions: Any) -> None:
    trace = Encoder(EncoderConfig(**SIZES, positions=positions))(torch.arange(7)[None])
    table = position_table(trace)
    assert table.shape == (23, 14)
    assert torch.equal(torch.from_numpy(table[:7]), trace["embedding.position"])


def test_an_encoder_without_positions_has_no_table() -> None:
    trace = Encoder(EncoderConfig(**SIZES, positions="none"))(torch.arange(7)[None])
    with pytest.raises(ValueError, match=r'positions "none", so it has no table\. Ask one with another kind'):
        position_table(trace)
