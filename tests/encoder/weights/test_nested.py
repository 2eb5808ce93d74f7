"""Slices of nested parameters: the right blocks, shared and not copied, and encoders like any other."""

import numpy as np
import pytest
import torch

from encoder import Encoder, EncoderConfig
from encoder.numpy_encoder import forward
from encoder.weights.nested import NestedEncoder, Shape, offered_shapes, slice_parameters

D_HEAD = 5
WHOLE = EncoderConfig(
    vocab_size=31,
    d_model=48,
    n_heads=3,
    n_layers=2,
    d_head=D_HEAD,
    max_length=19,
    positions="learned",
    embedding_norm=True,
    prediction_head=True,
)
SHAPES = offered_shapes(WHOLE)


@pytest.fixture
def whole() -> Encoder:
    """A whole in which no two parameters are alike: biases, γ and β are random too."""
    encoder = Encoder(WHOLE)
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for values in encoder.parameters():
            values.normal_(0.0, 0.5, generator=generator)
    return encoder


@pytest.fixture
def token_ids() -> torch.Tensor:
    return torch.randint(WHOLE.vocab_size, (2, 11), generator=torch.Generator().manual_seed(3))


def copied(whole: Encoder, n_layers: int, n_heads: int, d_model: int) -> Encoder:
    """An encoder of its own, filled block by block from the whole, each block written out by hand."""
    config = EncoderConfig(
        vocab_size=31,
        d_model=d_model,
        n_heads=n_heads,
        n_layers=n_layers,
        d_head=D_HEAD,
        d_ff=4 * d_model,
        max_length=19,
        positions="learned",
        embedding_norm=True,
        prediction_head=True,
    )
    d, a, f = d_model, n_heads * D_HEAD, 4 * d_model
    blocks = {
        "embedding.token_table": lambda p: p[:, :d],
        "embedding.position_table": lambda p: p[:, :d],
        "prediction.W_P": lambda p: p[:d, :d],
        "prediction.b_P": lambda p: p[:d],
        "prediction.b_E": lambda p: p,
    }
    for norm in ("embedding.norm", "prediction.norm"):
        blocks |= {f"{norm}.{name}": lambda p: p[:d] for name in ("gamma", "beta")}
    for layer in range(n_layers):
        path = f"layers.{layer}"
        blocks |= {f"{path}.attention.W_{name}": lambda p: p[:d, :a] for name in "QKV"}
        blocks |= {f"{path}.attention.b_{name}": lambda p: p[:a] for name in "QKV"}
        blocks |= {f"{path}.attention.W_O": lambda p: p[:a, :d], f"{path}.attention.b_O": lambda p: p[:d]}
        blocks |= {f"{path}.feed_forward.W_1": lambda p: p[:d, :f], f"{path}.feed_forward.b_1": lambda p: p[:f]}
        blocks |= {f"{path}.feed_forward.W_2": lambda p: p[:f, :d], f"{path}.feed_forward.b_2": lambda p: p[:d]}
        for norm in ("attention_norm", "feed_forward_norm"):
            blocks |= {f"{path}.{norm}.{name}": lambda p: p[:d] for name in ("gamma", "beta")}
    parameters = whole.state_dict()
    encoder = Encoder(config)
    encoder.load_state_dict({name: block(parameters[name]).clone() for name, block in blocks.items()})
    return encoder


def test_the_largest_slice_equals_the_whole(whole: Encoder, token_ids: torch.Tensor) -> None:
    slice_trace, whole_trace = NestedEncoder(whole).at(2, 3, 48)(token_ids), whole(token_ids)
    assert slice_trace.paths == whole_trace.paths
    for path, tensor in whole_trace.items():
        assert torch.equal(slice_trace[path], tensor), path


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_each_slice_equals_an_encoder_built_from_copied_blocks(
    whole: Encoder, token_ids: torch.Tensor, shape: Shape
) -> None:
    sizes = (shape.n_layers, shape.n_heads, shape.d_model)
    expected = copied(whole, *sizes)
    encoder = NestedEncoder(whole).at(*sizes)
    assert encoder.config == expected.config
    trace, expected_trace = encoder(token_ids), expected(token_ids)
    for path, tensor in expected_trace.items():
        torch.testing.assert_close(trace[path], tensor, msg=path)


def test_the_numpy_twin_agrees_on_a_slice(whole: Encoder, token_ids: torch.Tensor) -> None:
    encoder = NestedEncoder(whole.double()).at(1, 2, 32)
    parameters = {name: values.numpy() for name, values in encoder.state_dict().items()}
    twin = forward(encoder.config, parameters, token_ids.numpy())
    for path, tensor in encoder(token_ids).items():
        np.testing.assert_allclose(tensor.detach().numpy(), twin[path], atol=1e-12, err_msg=path)


@pytest.mark.parametrize("shape", [SHAPES[0], SHAPES[-1]], ids=str)
def test_a_slice_shares_the_numbers_of_the_whole(whole: Encoder, shape: Shape) -> None:
    encoder = NestedEncoder(whole).at(shape.n_layers, shape.n_heads, shape.d_model)
    parameters = dict(whole.named_parameters())
    for name, values in encoder.named_parameters():
        assert values.data_ptr() == parameters[name].data_ptr(), name
        assert values.untyped_storage().data_ptr() == parameters[name].untyped_storage().data_ptr(), name


def test_a_change_of_the_whole_shows_in_a_slice(whole: Encoder) -> None:
    encoder = NestedEncoder(whole).at(1, 1, 16)
    with torch.no_grad():
        whole.get_parameter("layers.0.feed_forward.W_1")[3, 5] = 42.0
    assert encoder.get_parameter("layers.0.feed_forward.W_1")[3, 5].item() == 42.0


def test_slicing_draws_no_random_numbers(whole: Encoder) -> None:
    before = torch.get_rng_state()
    NestedEncoder(whole).at(1, 2, 32)
    assert torch.equal(torch.get_rng_state(), before)


def test_gradients_of_a_slice_reach_its_block_of_the_whole_and_nothing_else(whole: Encoder) -> None:
    parameters = dict(whole.named_parameters())
    block = slice_parameters(parameters, WHOLE, Shape(1, 2, 32))
    sum(values.square().sum() for values in block.values()).backward()  # type: ignore[union-attr]
    W_1 = parameters["layers.0.feed_forward.W_1"]
    expected = torch.zeros_like(W_1)
    expected[:32, :128] = 2 * W_1.detach()[:32, :128]
    assert W_1.grad is not None
    assert torch.equal(W_1.grad, expected)
    assert parameters["layers.1.feed_forward.W_1"].grad is None


def test_all_positions_of_the_sliders_are_offered() -> None:
    config = EncoderConfig(vocab_size=31, d_model=128, n_heads=8, n_layers=6, positions="learned")
    shapes = NestedEncoder(Encoder(config)).shapes
    assert len(shapes) == len(set(shapes)) == 384
    assert shapes[0] == Shape(1, 1, 16)
    assert shapes[-1] == Shape(6, 8, 128)


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((0, 1, 16), r"n_layers is 0; these nested parameters have slices of 1 to 2\. Give a whole number there\."),
        ((3, 1, 16), r"n_layers is 3; these nested parameters have slices of 1 to 2\."),
        ((1, 4, 16), r"n_heads is 4; these nested parameters have slices of 1 to 3\."),
        ((1, True, 16), r"n_heads is True; "),
        ((1, 1.0, 16), r"n_heads is 1\.0; "),
        ((1, 1, 20), r"d_model is 20; these nested parameters have slices of 16, 32, 48\. Give one of them\."),
        ((1, 1, 64), r"d_model is 64; "),
        ((1, 1, "16"), r"d_model is '16'; "),
    ],
)
def test_a_shape_that_is_not_offered_is_refused(whole: Encoder, sizes: tuple[int, int, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        NestedEncoder(whole).at(*sizes)


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"positions": "sinusoidal"}, r"positions are 'sinusoidal'; .* Use positions 'learned' or 'none'"),
        ({"d_ff": 37}, r"d_ff is 37; a nested encoder needs 4 · d_model = 128\. Leave d_ff out\."),
        ({"d_model": 30}, r"d_model is 30; a nested encoder needs a multiple of 16, such as 32\."),
    ],
)
def test_a_whole_without_meaningful_slices_is_refused(choices: dict[str, object], message: str) -> None:
    sizes = {"vocab_size": 31, "d_model": 32, "n_heads": 2, "n_layers": 1, "positions": "learned"}
    config = EncoderConfig(**(sizes | choices))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=message):
        NestedEncoder(Encoder(config))


@pytest.mark.parametrize("text", ["3x4", "3x4x64x1", "3x4xwide", ""])
def test_what_is_no_shape_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=rf"'{text}' is no shape; write layers, heads and d_model as 3x4x64\."):
        Shape.parse(text)
