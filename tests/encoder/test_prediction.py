"""The prediction head is BERT's: a dense step, GELU, LayerNorm, and the token table again."""

import torch
from torch.nn.functional import gelu, layer_norm, linear
from torch.testing import assert_close

from encoder import Encoder
from tests.encoder.conftest import prime_config, some_tokens


def test_logits_equal_berts_head_written_with_torchs_functions(norm: str) -> None:
    config = prime_config(prediction_head=True, norm=norm)
    encoder = Encoder(config).double()
    with torch.no_grad():
        for parameter in encoder.prediction.parameters():
            parameter.normal_(generator=torch.Generator().manual_seed(5))
    trace = encoder(some_tokens(config))
    head = encoder.prediction
    hidden = gelu(linear(trace.output, head.W_P.T, head.b_P))
    hidden = layer_norm(hidden, (13,), head.norm.gamma, head.norm.beta, 1e-5)
    assert_close(trace.prediction.logits, linear(hidden, encoder.embedding.token_table, head.b_E))


def test_the_token_table_is_tied_not_copied() -> None:
    encoder = Encoder(prime_config(prediction_head=True))
    assert [name for name, values in encoder.named_parameters() if 31 in values.shape] == [
        "embedding.token_table",
        "prediction.b_E",
    ]
