"""Updates are measured against the stream that they are added to, in both placements of LayerNorm."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from scipy.spatial import distance
from torch.testing import assert_close

from encoder import Edits, Encoder, EncoderConfig, Replace
from encoder.analysis import sublayer_updates, update_paths
from tests.encoder.conftest import configs, prime_config, some_tokens


@settings(deadline=None, max_examples=12)
@given(config=configs())
def test_stream_and_update_add_up_to_the_residual(config: EncoderConfig) -> None:
    trace = Encoder(config)(some_tokens(config, length=7))
    assert len(update_paths(config)) == 2 * config.n_layers
    for update, stream in update_paths(config):
        assert torch.equal(trace[stream] + trace[update], trace[update.replace(".output", "_residual")])


@settings(deadline=None, max_examples=12)
@given(config=configs())
def test_size_and_cosine_are_scipys(config: EncoderConfig) -> None:
    trace = Encoder(config).double()(some_tokens(config, length=7))
    measured = sublayer_updates(trace)
    for sublayer, (update, stream) in enumerate(update_paths(config)):
        assert (measured.updates[sublayer], measured.streams[sublayer]) == (update, stream)
        for sentence, token in np.ndindex(2, 7):
            u, x = (trace[path][sentence, token].detach().numpy() for path in (update, stream))
            size = measured.size[sublayer, sentence, token].item()
            assert size == pytest.approx(distance.euclidean(u, np.zeros_like(u)), abs=1e-9)
            if np.any(u) and np.any(x):
                cosine = measured.cosine[sublayer, sentence, token].item()
                assert cosine == pytest.approx(1 - distance.cosine(u, x), abs=1e-6)


@pytest.mark.parametrize("scale", [1.0, 1e-12])
def test_an_update_along_against_and_across_the_stream_by_hand(scale: float) -> None:
    config = EncoderConfig(vocab_size=1, d_model=2, n_heads=1, n_layers=1, norm="pre", positions="none")
    x = torch.tensor([[[3.0, 4.0]] * 4])
    update = scale * torch.tensor([[[6.0, 8.0], [-0.3, -0.4], [-4.0, 3.0], [0.0, 0.0]]])
    edit = Edits((Replace("embedding.sum", x), Replace("layers.0.attention.output", update)))
    measured = sublayer_updates(Encoder(config)(torch.zeros(1, 4, dtype=torch.int64), edit=edit))
    assert_close(measured.size[0, 0], scale * torch.tensor([10.0, 0.5, 5.0, 0.0]), rtol=1e-5, atol=0)
    assert_close(measured.cosine[0, 0], torch.tensor([1.0, -1.0, 0.0, 0.0]))


def test_the_axes_are_sublayer_batch_token(norm: str) -> None:
    config = prime_config(norm=norm)
    measured = sublayer_updates(Encoder(config)(some_tokens(config)))
    assert measured.updates[2:] == ("layers.1.attention.output", "layers.1.feed_forward.output")
    assert measured.size.shape == measured.cosine.shape == (4, 2, 11)
