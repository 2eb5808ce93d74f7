"""The norms of the stream are those of the tensors that stand in it, and of no others."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from scipy.spatial import distance
from torch.testing import assert_close

from encoder import Encoder, EncoderConfig
from encoder.analysis import residual_norms, residual_sites
from tests.encoder.conftest import configs, prime_config, some_mask, some_tokens

POST = [
    "embedding.sum",
    "layers.0.attention_residual",
    "layers.0.attention_norm.output",
    "layers.0.feed_forward_residual",
    "layers.0.feed_forward_norm.output",
    "layers.1.attention_residual",
    "layers.1.attention_norm.output",
    "layers.1.feed_forward_residual",
    "layers.1.feed_forward_norm.output",
]
PRE = [
    "embedding.sum",
    "layers.0.attention_residual",
    "layers.0.feed_forward_residual",
    "layers.1.attention_residual",
    "layers.1.feed_forward_residual",
    "final_norm.output",
]


@pytest.mark.parametrize(("norm", "sites"), [("post", POST), ("pre", PRE)])
@pytest.mark.parametrize("embedding_norm", [False, True])
def test_the_sites_are_the_states_of_the_stream(norm: str, sites: list[str], embedding_norm: bool) -> None:
    config = prime_config(norm=norm, embedding_norm=embedding_norm)
    expected = [sites[0], "embedding.norm.output", *sites[1:]] if embedding_norm else sites
    assert list(residual_sites(config)) == expected


@settings(deadline=None, max_examples=12)
@given(config=configs())
def test_every_norm_is_the_distance_from_zero(config: EncoderConfig) -> None:
    trace = Encoder(config)(some_tokens(config, length=7))
    measured = residual_norms(trace)
    assert set(measured.sites) <= set(trace.paths)
    for site, norms in zip(measured.sites, measured.norms.detach().numpy(), strict=True):
        for x, norm in zip(trace[site].detach().numpy().reshape(14, -1), norms.reshape(14), strict=True):
            assert norm == pytest.approx(distance.euclidean(x, np.zeros_like(x)), rel=1e-5)


def test_the_stream_starts_at_the_embedding_and_ends_at_the_output(norm: str) -> None:
    config = prime_config(norm=norm)
    trace = Encoder(config)(some_tokens(config), some_mask())
    norms = residual_norms(trace).norms
    assert norms.shape == (9 if norm == "post" else 6, 2, 11)
    assert_close(norms[0], torch.linalg.vector_norm(trace.embedding.sum, dim=-1))
    assert_close(norms[-1], torch.linalg.vector_norm(trace.output, dim=-1))


def test_every_step_between_two_sites_of_post_norm_is_an_update_or_a_norm() -> None:
    config = prime_config(norm="post")
    trace = Encoder(config)(some_tokens(config))
    norms = dict(zip(residual_sites(config), residual_norms(trace).norms, strict=True))
    for site, measured in norms.items():
        if site.endswith("_norm.output"):  # γ is 1 and β is 0: the sphere of radius √d_model
            assert_close(measured, torch.full((2, 11), 13.0).sqrt(), rtol=1e-4, atol=0)
