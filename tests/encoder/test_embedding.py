"""The embedding looks tokens up, adds positions, and normalizes where it is asked to."""

import copy

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from encoder import Encoder
from encoder.positions import sinusoidal_encoding
from tests.encoder.conftest import LENGTH, prime_config, some_tokens


def test_tokens_are_rows_of_the_table_as_in_torch() -> None:
    config = prime_config()
    encoder, ids = Encoder(config), some_tokens(config)
    oracle = nn.Embedding.from_pretrained(encoder.embedding.token_table.detach())
    assert_close(encoder(ids).embedding.token, oracle(ids))


def test_the_sum_is_token_plus_sinusoidal_position() -> None:
    config = prime_config(positions="sinusoidal")
    embedding = Encoder(config).double()(some_tokens(config)).embedding
    assert_close(embedding.position, sinusoidal_encoding(LENGTH, config.d_model), rtol=0, atol=0)
    assert_close(embedding.sum, embedding.token + sinusoidal_encoding(LENGTH, config.d_model))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_sinusoids_are_exact_in_any_encoder_whatever_it_was_before(dtype: torch.dtype) -> None:
    config = prime_config(positions="sinusoidal")
    cast = copy.deepcopy(Encoder(config).to(dtype)).double()
    position = cast(some_tokens(config)).embedding.position
    assert_close(position, sinusoidal_encoding(LENGTH, config.d_model), rtol=0, atol=0)
    assert cast.state_dict().keys() == Encoder(config).state_dict().keys()


def test_sinusoids_move_with_their_encoder() -> None:
    embedding = Encoder(prime_config(positions="sinusoidal")).to("meta").embedding
    assert embedding.sinusoids.is_meta
    embedding.to_empty(device="cpu")
    assert torch.equal(embedding.sinusoids, sinusoidal_encoding(19, 13))


def test_learned_positions_are_rows_of_their_own_table() -> None:
    config = prime_config(positions="learned")
    encoder = Encoder(config)
    embedding = encoder(some_tokens(config)).embedding
    assert torch.equal(embedding.position, encoder.get_parameter("embedding.position_table")[:LENGTH])
    assert_close(embedding.sum, embedding.token + embedding.position)


def test_without_positions_the_sum_is_the_token_alone() -> None:
    config = prime_config(positions="none")
    embedding = Encoder(config)(some_tokens(config)).embedding
    assert embedding.position is None
    assert torch.equal(embedding.sum, embedding.token)


def test_the_embedding_norm_feeds_the_first_layer_when_there_is_one() -> None:
    config = prime_config(embedding_norm=True)
    trace = Encoder(config)(some_tokens(config))
    assert trace.embedding.output is trace.embedding.norm.output
    assert_close(trace.layers[0].attention_residual, trace.embedding.norm.output + trace.layers[0].attention.output)
