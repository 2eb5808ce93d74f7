"""Passes of small encoders with all kinds of edits, for hypothesis to draw."""

import dataclasses

import torch
from hypothesis import reject
from hypothesis import strategies as st

from encoder import Edits, Encoder, PatchToken, RemoveEdge, Replace, ScaleFeedForward, ScaleHead, Trace, UniformHead
from tests.encoder.conftest import configs


@st.composite
def passes(draw: st.DrawFn) -> Trace:
    """Any small encoder's pass: any length, float32 or float64, with or without a mask and edits."""
    config = draw(configs())
    config = dataclasses.replace(config, layer_norm_epsilon=draw(st.sampled_from([1e-12, 1e-5, 0.5])))
    encoder = Encoder(config).to(draw(st.sampled_from([torch.float32, torch.float64])))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 1000)))
    for values in encoder.parameters():  # untrained biases are 0, and γ is 1: nothing would depend on them
        values.data += 0.3 * torch.randn(values.shape, generator=generator, dtype=values.dtype)
    length = draw(st.integers(1, config.max_length))
    ids = torch.randint(config.vocab_size, (2, length), generator=generator)
    mask = torch.rand(2, length, generator=generator) < 0.6
    mask[:, draw(st.integers(0, length - 1))] = True
    plain = encoder(ids, mask if draw(st.booleans()) else None)

    def patch(path: str, token: int, source_token: int) -> PatchToken:
        return PatchToken.from_trace(path, token, plain, source_token)

    def replacement(path: str) -> Replace:
        recorded = plain[path].detach()
        if not recorded.is_floating_point():
            return Replace(path, recorded.flip(1))
        noise = torch.randn(recorded.shape, generator=generator, dtype=recorded.dtype)
        is_divided_by = path.endswith(("std", "weights"))
        return Replace(path, recorded.abs() + noise.abs() if is_divided_by else noise)

    layers, heads = st.integers(0, config.n_layers - 1), st.integers(0, config.n_heads - 1)
    tokens, factors = st.integers(0, length - 1), st.sampled_from([-1.5, 0.0, 2.0])
    edit = st.one_of(
        st.builds(ScaleHead, layers, heads, factors),
        st.builds(ScaleFeedForward, layers, factors),
        st.builds(UniformHead, layers, heads),
        st.builds(RemoveEdge, layers, heads, tokens, tokens, st.booleans()),
        st.builds(patch, st.sampled_from(plain.paths), tokens, tokens),
        st.sampled_from(plain.paths).map(replacement),
    )
    edits = draw(st.lists(edit, max_size=6))
    try:
        return encoder(ids, plain.key_mask, Edits(tuple(edits)))
    except ValueError as error:  # a query's last edge was removed, or every token hidden
        if "nothing is left" not in str(error) and "hides every token" not in str(error):
            raise
        reject()
