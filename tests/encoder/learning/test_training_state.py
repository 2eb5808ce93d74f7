"""The state of a run on disk: complete, exact, and never half-written."""

from pathlib import Path

import pytest
import torch
from torch import nn
from torch.optim import AdamW

from encoder.learning import training_state
from encoder.learning.training_state import load_state, save_state


def stepped() -> tuple[dict[str, nn.Parameter], AdamW]:
    """Two parameters and an optimizer that has moved them."""
    parameters = {"matrix": nn.Parameter(torch.randn(5, 3)), "vector": nn.Parameter(torch.randn(7))}
    optimizer = AdamW(parameters.values(), lr=0.1)
    sum(values.square().sum() for values in parameters.values()).backward()  # type: ignore[union-attr]
    optimizer.step()
    return parameters, optimizer


def test_everything_comes_back_bit_for_bit(tmp_path: Path) -> None:
    parameters, optimizer = stepped()
    save_state(tmp_path / "state.safetensors", parameters, [optimizer], {"step": 17, "recipe": "α"})
    others, other_optimizer = stepped()
    facts = load_state(tmp_path / "state.safetensors", others, [other_optimizer])
    assert facts == {"step": 17, "recipe": "α"}
    for name, values in parameters.items():
        assert torch.equal(others[name], values)
        kept, other_kept = optimizer.state[values], other_optimizer.state[others[name]]
        assert kept.keys() == other_kept.keys()
        assert all(torch.equal(kept[key], other_kept[key]) for key in kept)


def test_a_write_that_fails_leaves_the_old_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "state.safetensors"
    parameters, optimizer = stepped()
    save_state(path, parameters, [optimizer], {"step": 1})
    before = path.read_bytes()

    def killed(tensors: object, unfinished: Path, metadata: object) -> None:
        unfinished.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(training_state, "save_file", killed)
    with pytest.raises(KeyboardInterrupt):
        save_state(path, parameters, [optimizer], {"step": 2})
    assert path.read_bytes() == before


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.safetensors"
    path.write_bytes(b"no safetensors")
    parameters, optimizer = stepped()
    with pytest.raises(ValueError, match=r"is not the state of a training run .* Remove it to start afresh\."):
        load_state(path, parameters, [optimizer])


def test_the_state_of_another_network_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.safetensors"
    parameters, optimizer = stepped()
    save_state(path, parameters, [optimizer], {})
    parameters["vector"] = nn.Parameter(torch.randn(11))
    with pytest.raises(ValueError, match=r"belongs to a network of another shape\. Give its sizes, or another --out\."):
        load_state(path, parameters, [optimizer])
