from math import isnan

import pytest
import torch

from encoder import NO_EDITS, Edits, Encoder, EncoderConfig, ScaleHead, Trace, to_torch_encoder
from encoder.analysis.engine_agreement import engine_agreement
from tests.encoder.conftest import prime_config, some_mask, some_tokens


def some_trace(config: EncoderConfig, edit: Edits = NO_EDITS, masked: bool = False) -> Trace:
    with torch.no_grad():
        trace: Trace = Encoder(config)(some_tokens(config), some_mask() if masked else None, edit)
    return trace


@pytest.mark.parametrize("masked", [False, True])
def test_the_three_engines_agree_up_to_rounding(norm: str, masked: bool) -> None:
    trace = some_trace(prime_config(norm=norm, n_heads=3, d_head=5, d_model=15), masked=masked)
    agreement = engine_agreement(trace)
    assert tuple(agreement.differences) == trace.paths
    assert 0 < agreement.to_numpy < 1e-5
    assert agreement.differences["token_ids"] == 0
    assert agreement.why_not == ""
    if not masked:
        expected = to_torch_encoder(trace.encoder)(trace.embedding.output).detach()  # type: ignore[arg-type]
        assert agreement.to_torch == pytest.approx(float((expected - trace.output).abs().max()), abs=1e-6)
    floats = [tensor for _, tensor in trace.items() if tensor.is_floating_point()]
    assert agreement.largest_number == max(float(x[x.isfinite()].abs().max()) for x in floats)
    assert agreement.to_torch is not None
    assert agreement.to_torch < 1e-5


def test_a_difference_is_found_where_it_is() -> None:
    trace = some_trace(prime_config())
    trace.layers[1].attention.context[0, 0, 0, 0] += 0.5
    differences = engine_agreement(trace).differences
    assert [path for path, difference in differences.items() if difference > 1e-3] == ["layers.1.attention.context"]
    assert differences["layers.1.attention.context"] == pytest.approx(0.5, abs=1e-5)


@pytest.mark.parametrize("path", ["layers.0.attention.scores", "layers.1.feed_forward_norm.output"])
def test_numbers_that_are_none_are_no_agreement(path: str) -> None:
    trace = some_trace(prime_config())
    trace[path].view(-1)[3] = torch.nan
    agreement = engine_agreement(trace)
    assert isnan(agreement.differences[path])
    assert isnan(agreement.to_numpy)


def test_what_torch_cannot_represent_has_a_reason() -> None:
    agreement = engine_agreement(some_trace(prime_config()))
    assert agreement.to_torch is None
    assert agreement.why_not.startswith(
        "n_heads · d_head is 3 · 5 and d_model is 13; torch.nn.TransformerEncoder needs"
    )


def test_an_edited_pass_is_refused() -> None:
    trace = some_trace(prime_config(), Edits((ScaleHead(0, 0, 0.0),)))
    with pytest.raises(ValueError, match="This pass was edited, and the other engines know no edits"):
        engine_agreement(trace)
