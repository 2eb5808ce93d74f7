"""A bundle goes round: packed, read, run again, and every difference is told."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
import torch

from encoder import (
    NO_EDITS,
    Edits,
    Encoder,
    EncoderConfig,
    NestedEncoder,
    PatchToken,
    RemoveEdge,
    Replace,
    ScaleFeedForward,
    ScaleHead,
    Tokenizer,
    Trace,
    UniformHead,
    save,
)
from encoder.replay import differences, largest_relative_difference, main, replay
from encoder.weights.bundle import pack_bundle, unpack_bundle
from tests.encoder.bundles import change, pass_of
from tests.encoder.conftest import prime_config, some_tokens

ROOT = Path(__file__).parents[2]
SENTENCE = "Two dogs, <b>photosynthesis</b> 你"


def sentence_pass(**choices: Any) -> Trace:
    tokenizer = Tokenizer.load()
    config = prime_config(vocab_size=tokenizer.vocab_size, max_length=97, **choices)
    with torch.inference_mode():
        trace: Trace = Encoder(config)(torch.tensor([tokenizer.encode(SENTENCE).ids]))
    return trace


@pytest.mark.parametrize("double", [False, True])
def test_a_pass_comes_out_again_bit_for_bit(bundle_file: Path, norm: str, double: bool) -> None:
    trace = pass_of(prime_config(norm=norm, prediction_head=True), masked=True, double=double)
    bundle_file.write_bytes(pack_bundle(trace))
    verdict = replay(unpack_bundle(bundle_file))
    assert verdict.holds
    assert str(verdict) == f"SAME: all {len(trace.paths)} tensors came out bit for bit, with the same versions."


def test_a_sentence_is_read_again_by_the_tokenizer(bundle_file: Path) -> None:
    bundle_file.write_bytes(pack_bundle(sentence_pass(), SENTENCE))
    bundle = unpack_bundle(bundle_file)
    assert bundle.sentence == SENTENCE
    assert replay(bundle).differences == {}
    other = replay(replace(bundle, sentence="Two cats"))
    assert not other.holds
    assert other.differences["token_ids"] == np.inf


def test_edits_are_made_again(bundle_file: Path) -> None:
    config = prime_config()
    patch = torch.randn(2, 11, 13, generator=torch.Generator().manual_seed(1))
    values = (
        ScaleHead(0, 1, 0.5),
        UniformHead(1, 2),
        RemoveEdge(0, 2, 7, 3),
        RemoveEdge(1, 0, 5, 4, renormalize=False),
        ScaleFeedForward(1, 0),
    )
    edits = Edits(
        (
            *values,
            Replace("layers.0.feed_forward.output", patch),
            PatchToken("layers.1.attention_residual", 5, patch[:, 7]),
        )
    )
    trace = pass_of(config, edits)
    bundle_file.write_bytes(pack_bundle(trace))
    bundle = unpack_bundle(bundle_file)
    assert bundle.edits.edits[:5] == values
    replaced, patched = bundle.edits.edits[5:]
    assert isinstance(replaced, Replace)
    assert isinstance(patched, PatchToken)
    assert torch.equal(replaced.tensor, patch)
    assert (patched.path, patched.token) == ("layers.1.attention_residual", 5)
    assert replay(bundle).differences == {}
    without = replay(replace(bundle, edits=NO_EDITS))
    assert not without.holds
    assert str(without).startswith("DIFFERENT: ")
    assert next(iter(without.differences)) == "layers.0.attention.weights"


def test_other_versions_must_agree_to_1e_5(bundle_file: Path) -> None:
    trace = pass_of(prime_config())
    bundle_file.write_bytes(pack_bundle(trace))
    change(bundle_file, versions={**unpack_bundle(bundle_file).versions, "torch": "0.0"})
    bundle = unpack_bundle(bundle_file)
    assert str(replay(bundle)).endswith(f"bit for bit, elsewhere (torch 0.0 then, {torch.__version__} now).")
    path = "layers.1.attention.context"
    for change_by, holds in ((1e-6, True), (1e-3, False)):
        tensors = {**bundle.tensors, path: bundle.tensors[path] + np.float32(change_by)}
        verdict = replay(replace(bundle, tensors=tensors))
        assert list(verdict.differences) == [path]
        assert verdict.holds == holds
        assert str(verdict).startswith("SAME to 1e-05: " if holds else "DIFFERENT: ")
        assert f"the largest relative difference is {verdict.differences[path]:.2g}, at {path}." in str(verdict)


def test_a_difference_is_relative_to_the_recorded_number_or_to_1() -> None:
    assert largest_relative_difference(np.array([100.0, 0.5]), np.array([101.0, 0.5])) == 0.01
    assert largest_relative_difference(np.array([100.0, 0.25]), np.array([100.0, 0.5])) == 0.25


def test_one_flipped_bit_is_a_difference_with_the_same_versions(bundle_file: Path) -> None:
    bundle_file.write_bytes(pack_bundle(pass_of(prime_config())))
    bundle = unpack_bundle(bundle_file)
    path = "layers.0.attention.weights"
    flipped = bundle.tensors[path].copy()
    flipped.view(np.int32).flat[7] ^= 1
    verdict = replay(replace(bundle, tensors={**bundle.tensors, path: flipped}))
    assert not verdict.holds
    assert f"1 of {len(bundle.tensors)} tensors differ" in str(verdict)
    assert str(verdict).endswith("They must agree bit for bit.")


def test_minus_zero_and_another_precision_are_differences() -> None:
    zero = np.zeros(3, np.float32)
    assert differences({"a": zero}, {"a": -zero}) == {"a": 0.0}
    assert differences({"a": zero}, {"a": zero.astype(np.float64)}) == {"a": 0.0}
    assert differences({"a": zero}, {"a": np.zeros(2, np.float32)}) == {"a": np.inf}
    assert differences({"a": zero}, {"a": np.array([0, np.nan, 0], np.float32)}) == {"a": np.inf}


def test_a_slice_of_nested_parameters_is_found_by_its_checksum(
    bundle_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = EncoderConfig(31, 32, 3, 2, d_head=16, positions="learned", embedding_norm=True, prediction_head=True)
    whole = Encoder(config)
    small = NestedEncoder(whole).at(1, 2, 16)
    with torch.inference_mode():
        trace = small(some_tokens(config))
    bundle_file.write_bytes(pack_bundle(trace, weights="captions"))
    bundle = unpack_bundle(bundle_file)
    monkeypatch.setattr("encoder.replay.ASSETS", tmp_path)
    with pytest.raises(ValueError, match=r"No checkpoint here has the parameters 'captions'.*with --checkpoint"):
        replay(bundle)
    save(Encoder(replace(config, seed=1)), tmp_path / "another.safetensors")
    save(whole, tmp_path / "whole.safetensors")
    assert replay(bundle).differences == {}
    assert replay(bundle, tmp_path / "whole.safetensors").differences == {}
    for name, lie in {"activation": "relu", "layer_norm_epsilon": 0.5, "d_ff": 7, "max_length": 99, "seed": 1}.items():
        told = rf"says that {name} is {lie!r}, but with its parameters in .*\.safetensors it is .* was changed after"
        with pytest.raises(ValueError, match=told):
            replay(replace(bundle, config=replace(bundle.config, **{name: lie})))


def test_parameters_that_the_seed_does_not_give_are_not_passed_off_as_its_own(bundle_file: Path) -> None:
    trace = pass_of(prime_config())
    with torch.no_grad():
        trace.encoder.get_parameter("layers.0.attention.W_Q")[0, 0] += 1
    bundle_file.write_bytes(pack_bundle(trace))
    with pytest.raises(
        ValueError, match=r"The seed 0 gives other parameters here than the bundle was made with\. Use torch"
    ):
        replay(unpack_bundle(bundle_file))


def test_the_command_says_its_verdict_and_returns_it(bundle_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(bundle_file)]) == 2
    assert capsys.readouterr().err.startswith("CANNOT BE RUN AGAIN: ")
    bundle_file.write_bytes(pack_bundle(pass_of(prime_config())))
    assert main([str(bundle_file)]) == 0
    assert capsys.readouterr().out.startswith("SAME: all ")


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("can't allocate memory")])
def test_a_pass_that_breaks_off_cannot_be_run_again(
    bundle_file: Path, error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle_file.write_bytes(pack_bundle(pass_of(prime_config())))
    monkeypatch.setattr(Encoder, "forward", Mock(side_effect=error))
    assert main([str(bundle_file)]) == 2
    assert capsys.readouterr().err.startswith("CANNOT BE RUN AGAIN: The pass broke off, perhaps for want of memory (")


def test_another_process_comes_to_the_same_bits(bundle_file: Path) -> None:
    bundle_file.write_bytes(pack_bundle(sentence_pass(norm="pre", positions="learned"), SENTENCE))
    command = [sys.executable, "-m", "encoder.replay", str(bundle_file)]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout.startswith("SAME: all ")
