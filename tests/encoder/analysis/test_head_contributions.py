"""Heads' contributions add up to the attention output, and each is what silencing its head takes away."""

import pytest
import torch
from hypothesis import given, settings
from torch.testing import assert_close

from encoder import Edits, Encoder, EncoderConfig, ScaleHead
from encoder.analysis import head_contributions, layer_head_contributions
from tests.encoder.conftest import configs, prime_config, some_mask, some_tokens


@settings(deadline=None, max_examples=12)
@given(config=configs())
def test_contributions_and_bias_add_up_to_the_output(config: EncoderConfig) -> None:
    encoder = Encoder(config)
    with torch.no_grad():
        for layer in range(config.n_layers):
            encoder.get_parameter(f"layers.{layer}.attention.b_O").fill_(0.7)
    trace = encoder(some_tokens(config, length=7), some_mask(7))
    for contributions, layer in zip(head_contributions(trace), trace.layers, strict=True):
        assert_close(contributions.sum(dim=0) + 0.7, layer.attention.output, rtol=0, atol=1e-5)


@pytest.mark.parametrize("head", [0, 2])
def test_silencing_a_head_takes_its_contribution_away(head: int) -> None:
    config = prime_config()
    encoder, ids = Encoder(config).double(), some_tokens(config)
    trace, silenced = encoder(ids), encoder(ids, edit=Edits((ScaleHead(layer=1, head=head, factor=0.0),)))
    difference = trace.layers[1].attention.output - silenced.layers[1].attention.output
    assert_close(layer_head_contributions(trace, 1)[head], difference)


def test_a_head_adds_its_context_times_its_rows_by_hand() -> None:
    config = prime_config()
    trace = Encoder(config)(some_tokens(config))
    layer, head, sentence, token = 1, 2, 1, 7
    W_O = trace.encoder.get_parameter("layers.1.attention.W_O")
    expected = sum(
        trace.layers[layer].attention.context[sentence, head, token, i] * W_O[5 * head + i] for i in range(5)
    )
    assert head_contributions(trace).shape == (2, 3, 2, 11, 13)
    assert_close(head_contributions(trace)[layer, head, sentence, token], expected)


@pytest.mark.parametrize("layer", [-1, 2, True, 0.0])
def test_a_layer_that_is_not_there_is_refused(layer: int) -> None:
    config = prime_config()
    with pytest.raises(ValueError, match=rf"There is no layer {layer}; this encoder has layers 0 to 1"):
        layer_head_contributions(Encoder(config)(some_tokens(config)), layer)
