"""The lean pass is the encoder's own pass: the same outputs and the same gradients."""

import pytest
import torch

from encoder import Encoder
from encoder.learning.lean_pass import predict, residual_stream
from encoder.learning.nested import nested_config
from encoder.weights.nested import Shape


@pytest.fixture
def encoder() -> Encoder:
    encoder = Encoder(nested_config(vocab_size=31, shape=Shape(3, 2, 48)))
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for values in encoder.parameters():
            values.normal_(0.0, 0.3, generator=generator)
    return encoder


@pytest.mark.parametrize("padded", [False, True])
def test_outputs_and_gradients_equal_those_of_the_encoder(encoder: Encoder, padded: bool) -> None:
    token_ids = torch.randint(31, (5, 7), generator=torch.Generator().manual_seed(0))
    key_mask = torch.arange(7) < torch.tensor([7, 5, 3, 7, 6])[:, None] if padded else None
    parameters = dict(encoder.named_parameters())
    trace = encoder(token_ids, key_mask)
    stream = residual_stream(encoder.config, parameters, token_ids, key_mask)
    logits = predict(encoder.config, parameters, stream[-1].flatten(0, 1))
    for layer, x in zip(trace.layers, stream, strict=True):
        torch.testing.assert_close(x, layer.output)
    torch.testing.assert_close(logits, trace.prediction.logits.flatten(0, 1), atol=1e-5, rtol=1e-5)

    expected = torch.autograd.grad(trace.prediction.logits.square().sum(), list(parameters.values()))
    gradients = torch.autograd.grad(logits.square().sum(), list(parameters.values()))
    for name, gradient, reference in zip(parameters, gradients, expected, strict=True):
        tolerance = 1e-4 * float(reference.abs().max()) + 1e-6
        torch.testing.assert_close(gradient, reference, atol=tolerance, rtol=1e-3, msg=name)


def test_logits_are_float32_also_under_half_precision(encoder: Encoder) -> None:
    parameters = dict(encoder.named_parameters())
    with torch.autocast("cpu", torch.bfloat16):
        stream = residual_stream(encoder.config, parameters, torch.tensor([[1, 2, 3]]), None)
        assert stream[-1].dtype == torch.float32
        assert predict(encoder.config, parameters, stream[-1].flatten(0, 1)).dtype == torch.float32
