"""What the Live page says of the shipped weights is what they do."""

import pytest
import torch

from encoder.tables.head_table import HeadTable
from encoder.tokenizer import Tokenizer
from encoder.weights import checkpoint
from encoder.weights.nested import NestedEncoder, Shape
from pages.frame.settings import DEFAULTS
from pages.frame.weights_source import NESTED_FOLDER

WEIGHTS = NESTED_FOLDER / "encoder.safetensors"

pytestmark = pytest.mark.skipif(not WEIGHTS.exists(), reason="needs trained weights")


def test_with_fewer_heads_the_first_layer_s_first_head_stays_and_the_second_layer_s_changes() -> None:
    shipped = NestedEncoder(checkpoint.load(WEIGHTS).eval())
    ids = torch.tensor([Tokenizer.load().encode(DEFAULTS.sentence).ids])
    with torch.inference_mode():
        four, one = (shipped.at(DEFAULTS.layers, heads, DEFAULTS.d_model)(ids) for heads in (4, 1))
    for part in ("query", "key", "value", "weights", "context"):
        before, after = (trace[f"layers.0.attention.{part}"][0, 0] for trace in (four, one))
        torch.testing.assert_close(after, before, rtol=1e-5, atol=1e-6)
    before, after = (trace["layers.1.attention.weights"][0, 0] for trace in (four, one))
    assert (after - before).abs().max() > 0.01


def test_some_heads_of_the_first_layers_look_one_token_back_or_ahead() -> None:
    """Over the captions such a head gives three fifths of its weight there at least, on average."""
    shape = Shape(DEFAULTS.layers, DEFAULTS.heads, DEFAULTS.d_model)
    figures = HeadTable.load(NESTED_FOLDER / "heads.json").figures[shape].figures
    back, ahead = (int((figures[job][:2] > 0.6).sum()) for job in ("previous token", "next token"))
    assert (back, ahead) == (2, 1)
