import pytest
import torch

from encoder import Encoder, Trace, numpy_encoder
from pages.frame.scratch_steps import IN_THE_LAYER, SAME_CODE, scratch_steps
from tests.encoder.conftest import prime_config, some_tokens


def some_trace(**choices: object) -> Trace:
    config = prime_config(**choices)
    with torch.no_grad():
        trace: Trace = Encoder(config)(some_tokens(config))
    return trace


@pytest.mark.parametrize("norm", ["post", "pre"])
@pytest.mark.parametrize("others", [False, True])
def test_the_steps_have_every_tensor_of_the_pass_once_and_in_order(norm: str, others: bool) -> None:
    trace = some_trace(norm=norm, embedding_norm=others, prediction_head=others)
    paths = [path for step in scratch_steps(trace, layer=1) for path in step.paths]
    assert paths == [path for path in trace.paths if not path.startswith("layers.0.")]


def test_every_line_of_code_stands_in_the_file_that_ran() -> None:
    trace = some_trace()
    with open(numpy_encoder.__file__, encoding="utf-8") as file:
        numpy_file = file.read()
    code = "\n".join(step.numpy_code for step in scratch_steps(trace, 0))
    assert all(line.strip() in numpy_file for line in code.splitlines())
    for function in ("forward", "embed", "encode_layer", "attend", "softmax", "feed_forward", "layer_norm", "gelu"):
        assert code.count(f"def {function}(") == 1


def test_the_torch_code_is_that_of_the_modules() -> None:
    steps = {step.title: step for step in scratch_steps(some_trace(norm="pre"), 0)}
    assert "query @ key.mT" in steps["Attention"].torch_code
    assert "def split_heads(" in steps["Attention"].torch_code
    assert steps["Layer 0, as a whole"].torch_code.startswith("def _pre_norm(self")
    assert steps["The feed-forward network"].torch_code.startswith("def forward(self, x: Tensor")


def test_code_that_was_shown_before_is_not_shown_again() -> None:
    remarks = [step.remark for step in scratch_steps(some_trace(), 0) if step.remark]
    assert remarks == [IN_THE_LAYER, IN_THE_LAYER, SAME_CODE]
    assert not any(step.numpy_code for step in scratch_steps(some_trace(), 0) if step.remark)


@pytest.mark.parametrize(("positions", "activation"), [("learned", "relu"), ("none", "relu")])
def test_code_that_did_not_run_is_not_shown(positions: str, activation: str) -> None:
    steps = scratch_steps(some_trace(positions=positions, activation=activation), 0)
    code = "\n".join(step.numpy_code + step.torch_code for step in steps)
    assert "def sinus" not in code
    assert "def gelu" not in code
