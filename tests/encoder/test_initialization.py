"""Where parameters start, against torch's own initialisation; and what an encoder without numbers costs."""

import subprocess
import sys
from pathlib import Path

import torch
from torch import nn

from encoder import Encoder
from encoder.initialization import initialize
from tests.encoder.conftest import prime_config

BUILD_A_SKELETON = """
import sys, torch
from encoder import Encoder, EncoderConfig
with torch.device("meta"):
    Encoder(EncoderConfig(vocab_size=31, d_model=13, n_heads=3, n_layers=2))
print(*sorted({name.partition(".")[0] for name in sys.modules} & {"sympy"}), end="")
"""


class Room(nn.Module):
    """One matrix and two vectors without numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.W_1 = nn.Parameter(torch.empty(7, 13))
        self.gamma = nn.Parameter(torch.empty(5))
        self.beta = nn.Parameter(torch.empty(5))


def test_matrices_are_torchs_xavier_uniform_bit_for_bit() -> None:
    room, expected = Room(), torch.empty(7, 13)
    initialize(room, seed=3)
    nn.init.xavier_uniform_(expected, generator=torch.Generator().manual_seed(3))
    assert torch.equal(room.W_1, expected)
    assert torch.equal(room.gamma, torch.ones(5))
    assert torch.equal(room.beta, torch.zeros(5))


def test_token_vectors_have_spread_one_and_positions_the_spread_of_the_sinusoids() -> None:
    embedding = Encoder(prime_config(vocab_size=4001, max_length=127, d_model=101, positions="learned")).embedding
    torch.testing.assert_close(embedding.token_table.std().item(), 1.0, rtol=0.01, atol=0)
    torch.testing.assert_close(embedding.position_table.std().item(), 0.5**0.5, rtol=0.02, atol=0)


def test_on_the_meta_device_parameters_are_shapes_and_sinusoids_still_numbers() -> None:
    with torch.device("meta"):
        skeleton = Encoder(prime_config())
    whole = Encoder(prime_config())
    assert all(values.is_meta for values in skeleton.parameters())
    assert {name: values.shape for name, values in skeleton.named_parameters()} == {
        name: values.shape for name, values in whole.named_parameters()
    }
    assert torch.equal(skeleton.embedding.sinusoids, whole.embedding.sinusoids)


def test_a_skeleton_does_not_make_torch_load_its_compiler() -> None:
    # Drawing or computing on the meta device imports sympy and 800 other modules: almost two seconds of a first visit.
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", BUILD_A_SKELETON]
    loaded = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    assert loaded.stdout == ""
