"""Small encoders and their passes: every size a different prime, so that no swapped axis can pass unseen."""

from pathlib import Path

import pytest
import torch
from hypothesis import strategies as st
from torch import Tensor

from encoder import NO_EDITS, Edits, Encoder, EncoderConfig, Trace

BATCH, LENGTH = 2, 11
PRIMES = {"vocab_size": 31, "d_model": 13, "n_heads": 3, "n_layers": 2, "d_head": 5, "d_ff": 17, "max_length": 19}


def prime_config(**choices: object) -> EncoderConfig:
    """A config whose sizes are distinct primes; `choices` override fields."""
    return EncoderConfig(**(PRIMES | choices))  # type: ignore[arg-type]


def some_tokens(config: EncoderConfig, length: int = LENGTH, seed: int = 0) -> Tensor:
    """Random token ids [BATCH, length]."""
    return torch.randint(config.vocab_size, (BATCH, length), generator=torch.Generator().manual_seed(seed))


def some_mask(length: int = LENGTH) -> Tensor:
    """A key mask in which the second sentence is three tokens shorter."""
    mask = torch.ones(BATCH, length, dtype=torch.bool)
    mask[1, -3:] = False
    return mask


# With every part that an encoder can have, for both places of LayerNorm.
FULL_CONFIG = {
    norm: prime_config(norm=norm, positions="learned", embedding_norm=True, prediction_head=True)
    for norm in ("post", "pre")
}


def run(config: EncoderConfig, edit: Edits = NO_EDITS, masked: bool = True, length: int = LENGTH) -> Trace:
    """Read some tokens in float64, with or without their mask."""
    return Encoder(config).double()(some_tokens(config, length), some_mask(length) if masked else None, edit)


@st.composite
def configs(draw: st.DrawFn) -> EncoderConfig:
    """Any kind of small encoder."""
    return EncoderConfig(
        vocab_size=draw(st.integers(1, 23)),
        d_model=draw(st.integers(2, 19)),
        n_heads=draw(st.integers(1, 5)),
        n_layers=draw(st.integers(1, 3)),
        d_head=draw(st.none() | st.integers(1, 7)),
        d_ff=draw(st.none() | st.integers(1, 29)),
        max_length=draw(st.integers(7, 13)),
        norm=draw(st.sampled_from(["post", "pre"])),
        positions=draw(st.sampled_from(["sinusoidal", "learned", "none"])),
        activation=draw(st.sampled_from(["gelu", "relu"])),
        embedding_norm=draw(st.booleans()),
        prediction_head=draw(st.booleans()),
        seed=draw(st.integers(0, 2**32)),
    )


@pytest.fixture
def bundle_file(tmp_path: Path) -> Path:
    """Where a bundle may be written."""
    return tmp_path / "bundle.npz"


@pytest.fixture(params=["post", "pre"])
def norm(request: pytest.FixtureRequest) -> str:
    """Both places where LayerNorm can stand."""
    return request.param
