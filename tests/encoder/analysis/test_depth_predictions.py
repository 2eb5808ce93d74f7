"""What each depth believes equals what an encoder of that depth predicts."""

import pytest
import torch
from torch import Tensor

from encoder import Edits, Encoder, EncoderConfig, Replace, ScaleHead
from encoder.analysis import depth_logits
from encoder.weights.nested import NestedEncoder
from tests.encoder.conftest import LENGTH, prime_config, some_mask, some_tokens

PLACE = 7


def stirred(encoder: Encoder) -> Encoder:
    """The encoder with a head in which every parameter matters, as after training."""
    assert encoder.prediction is not None
    with torch.no_grad():
        for parameter in encoder.prediction.parameters():
            parameter.normal_(generator=torch.Generator().manual_seed(5))
    return encoder


def assert_same_bits(left: Tensor, right: Tensor) -> None:
    torch.testing.assert_close(left, right, rtol=0, atol=0)


def test_the_last_depth_is_the_prediction_of_the_pass_bit_for_bit(norm: str) -> None:
    config = prime_config(prediction_head=True, norm=norm)
    trace = stirred(Encoder(config))(some_tokens(config), some_mask())
    for place in range(LENGTH):
        logits = depth_logits(trace, place)
        assert logits.shape == (2, 2, 31)
        assert_same_bits(logits[-1], trace.prediction.logits[:, place])


def test_each_depth_believes_what_the_slice_of_that_depth_predicts() -> None:
    config = EncoderConfig(
        31, d_model=32, n_heads=2, n_layers=3, d_head=5, positions="learned", embedding_norm=True, prediction_head=True
    )
    nested, token_ids = NestedEncoder(stirred(Encoder(config))), some_tokens(config)
    logits = depth_logits(nested.whole(token_ids), PLACE)
    for layer in range(3):
        shallow = nested.at(n_layers=layer + 1, n_heads=2, d_model=32)(token_ids)
        assert_same_bits(logits[layer], shallow.prediction.logits[:, PLACE])
    assert not torch.allclose(logits[0], logits[1])


def test_an_edit_of_the_pass_shows_at_its_depth_and_behind() -> None:
    config = prime_config(prediction_head=True)
    encoder, token_ids = stirred(Encoder(config)), some_tokens(config)
    plain = depth_logits(encoder(token_ids), PLACE)
    trace = encoder(token_ids, edit=Edits((ScaleHead(layer=1, head=2, factor=0.0),)))
    edited = depth_logits(trace, PLACE)
    assert_same_bits(edited[0], plain[0])
    assert not torch.equal(edited[1], plain[1])
    assert_same_bits(edited[1], trace.prediction.logits[:, PLACE])


@pytest.mark.parametrize("path", ["prediction.activation", "prediction.norm.output", "final_norm.output"])
def test_an_edit_behind_the_layers_counts_at_every_depth(path: str) -> None:
    config = prime_config(prediction_head=True, norm="pre")
    encoder, token_ids = stirred(Encoder(config)), some_tokens(config)
    plain = encoder(token_ids)
    trace = encoder(token_ids, edit=Edits((Replace(path, plain[path].roll(1, dims=-1)),)))
    edited = depth_logits(trace, PLACE)
    assert_same_bits(edited[-1], trace.prediction.logits[:, PLACE])
    for layer, before in enumerate(depth_logits(plain, PLACE)):
        assert not torch.allclose(edited[layer], before)


def test_without_a_prediction_head_there_is_nothing_to_read_out() -> None:
    config = prime_config()
    with pytest.raises(ValueError, match=r"This encoder has no prediction head.*prediction_head=True"):
        depth_logits(Encoder(config)(some_tokens(config)), PLACE)


@pytest.mark.parametrize("place", [-1, LENGTH, True, 2.0])
def test_a_place_outside_the_sentence_is_refused(place: int) -> None:
    config = prime_config(prediction_head=True)
    with pytest.raises(ValueError, match=f"There is no token {place}; this sentence has the tokens 0 to 10."):
        depth_logits(Encoder(config)(some_tokens(config)), place)
