"""A bundle goes round: packed, read, run again; and whatever is wrong with it is said."""

import io
import json
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

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
from encoder.edits import Edit
from encoder.operations import Operation
from encoder.replay import differences, main, replay
from encoder.weights import bundle as bundles
from encoder.weights.bundle import pack_bundle, unpack_bundle
from encoder.weights.edit_records import edits_from
from encoder.weights.trace_files import npz
from tests.encoder.conftest import prime_config, some_mask, some_tokens

ROOT = Path(__file__).parents[2]
SENTENCE = "Two dogs, <b>photosynthesis</b> 你"


def pass_of(config: EncoderConfig, edit: Edits = NO_EDITS, masked: bool = False, double: bool = False) -> Trace:
    encoder = Encoder(config).double() if double else Encoder(config)
    with torch.inference_mode():
        trace: Trace = encoder(some_tokens(config), some_mask() if masked else None, edit)
    return trace


def sentence_pass(**choices: Any) -> Trace:
    tokenizer = Tokenizer.load()
    config = prime_config(vocab_size=tokenizer.vocab_size, max_length=97, **choices)
    with torch.inference_mode():
        trace: Trace = Encoder(config)(torch.tensor([tokenizer.encode(SENTENCE).ids]))
    return trace


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "bundle.npz"


def change(file: Path, **facts: Any) -> None:
    """Write other facts into the bundle's JSON, as someone with an editor could."""
    with np.load(file) as entries:
        arrays = dict(entries)
    arrays["bundle"] = np.frombuffer(json.dumps(json.loads(arrays["bundle"].tobytes()) | facts).encode(), np.uint8)
    file.write_bytes(npz(arrays))


@pytest.mark.parametrize("double", [False, True])
def test_a_pass_comes_out_again_bit_for_bit(file: Path, norm: str, double: bool) -> None:
    trace = pass_of(prime_config(norm=norm, prediction_head=True), masked=True, double=double)
    file.write_bytes(pack_bundle(trace))
    verdict = replay(unpack_bundle(file))
    assert verdict.holds
    assert str(verdict) == f"SAME: all {len(trace.paths)} tensors came out bit for bit, with the same versions."


def test_a_sentence_is_read_again_by_the_tokenizer(file: Path) -> None:
    file.write_bytes(pack_bundle(sentence_pass(), SENTENCE))
    bundle = unpack_bundle(file)
    assert bundle.sentence == SENTENCE
    assert replay(bundle).differences == {}
    other = replay(replace(bundle, sentence="Two cats"))
    assert not other.holds
    assert other.differences["token_ids"] == np.inf


def test_edits_are_made_again(file: Path) -> None:
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
    file.write_bytes(pack_bundle(trace))
    bundle = unpack_bundle(file)
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


def test_other_versions_must_agree_to_1e_5(file: Path) -> None:
    trace = pass_of(prime_config())
    file.write_bytes(pack_bundle(trace))
    change(file, versions={**unpack_bundle(file).versions, "torch": "0.0"})
    bundle = unpack_bundle(file)
    assert str(replay(bundle)).endswith(f"bit for bit, elsewhere (torch 0.0 then, {torch.__version__} now).")
    path = "layers.1.attention.context"
    for change_by, holds in ((1e-6, True), (1e-3, False)):
        tensors = {**bundle.tensors, path: bundle.tensors[path] + np.float32(change_by)}
        verdict = replay(replace(bundle, tensors=tensors))
        assert list(verdict.differences) == [path]
        assert verdict.holds == holds
        assert str(verdict).startswith("SAME to 1e-05: " if holds else "DIFFERENT: ")
        assert path in str(verdict)


def test_one_flipped_bit_is_a_difference_with_the_same_versions(file: Path) -> None:
    file.write_bytes(pack_bundle(pass_of(prime_config())))
    bundle = unpack_bundle(file)
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
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = EncoderConfig(31, 32, 3, 2, d_head=16, positions="learned", embedding_norm=True, prediction_head=True)
    whole = Encoder(config)
    small = NestedEncoder(whole).at(1, 2, 16)
    with torch.inference_mode():
        trace = small(some_tokens(config))
    file.write_bytes(pack_bundle(trace, weights="captions"))
    bundle = unpack_bundle(file)
    monkeypatch.setattr("encoder.replay.ASSETS", tmp_path)
    with pytest.raises(ValueError, match=r"No checkpoint here has the parameters 'captions'.*with --checkpoint"):
        replay(bundle)
    save(Encoder(replace(config, seed=1)), tmp_path / "another.safetensors")
    save(whole, tmp_path / "whole.safetensors")
    assert replay(bundle).differences == {}
    assert replay(bundle, tmp_path / "whole.safetensors").differences == {}


def test_parameters_that_the_seed_does_not_give_are_not_passed_off_as_its_own(file: Path) -> None:
    trace = pass_of(prime_config())
    with torch.no_grad():
        trace.encoder.get_parameter("layers.0.attention.W_Q")[0, 0] += 1
    file.write_bytes(pack_bundle(trace))
    with pytest.raises(
        ValueError, match=r"The seed 0 gives other parameters here than the bundle was made with\. Use torch"
    ):
        replay(unpack_bundle(file))


def test_a_damaged_file_is_refused_or_was_damaged_where_it_does_not_count(file: Path) -> None:
    content = pack_bundle(pass_of(prime_config(n_layers=1)))
    file.write_bytes(content)
    whole = unpack_bundle(file)
    chance = random.Random(0)
    complaints = []
    for _ in range(150):
        damaged = bytearray(content)
        damaged[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        file.write_bytes(damaged)
        try:
            assert differences(whole.tensors, unpack_bundle(file).tensors) == {}
        except ValueError as error:
            complaints.append(str(error))
    assert len(complaints) > 75
    assert all(complaint.startswith(f"{file} cannot be read as a bundle. ") for complaint in complaints)
    assert all(complaint.endswith("Download the bundle again.") for complaint in complaints)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.999])
def test_half_a_download_is_refused(file: Path, share: float) -> None:
    content = pack_bundle(pass_of(prime_config()))
    file.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(ValueError, match=r"cannot be read as a bundle. It is damaged, or no NPZ file at all"):
        unpack_bundle(file)


@pytest.mark.parametrize(
    ("facts", "complaint"),
    [
        ({"format": 2}, "is not that of format 1"),
        ({"sentence": 7}, "is not that of format 1"),
        ({"versions": {"torch": 2}}, "is not that of format 1"),
        ({"config": {}}, "is not that of format 1"),
        ({"edits": [{"kind": "exec"}]}, "is no record of an edit"),
    ],
)
def test_facts_of_another_form_are_refused(file: Path, facts: dict[str, Any], complaint: str) -> None:
    file.write_bytes(pack_bundle(pass_of(prime_config())))
    change(file, **facts)
    with pytest.raises(ValueError, match=complaint):
        unpack_bundle(file)


def test_a_config_beyond_the_limits_or_beside_its_trace_is_refused(file: Path) -> None:
    file.write_bytes(pack_bundle(pass_of(prime_config())))
    with np.load(file) as entries:
        config = json.loads(entries["bundle"].tobytes())["config"]
    change(file, config=config | {"d_model": 10**9})
    with pytest.raises(ValueError, match="d_model is 1000000000; it must be a whole number from 1 to 512"):
        unpack_bundle(file)
    change(file, config=config | {"n_layers": 3})
    with pytest.raises(
        ValueError, match=r"does not fit its config: 'layers.2.attention.context' is missing or too much"
    ):
        unpack_bundle(file)


def test_a_file_that_is_no_bundle_says_what_it_lacks(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="There is no such file"):
        unpack_bundle(file)
    file.write_bytes(npz({"a": np.zeros(3)}))
    with pytest.raises(ValueError, match="It has no entry 'bundle'"):
        unpack_bundle(file)
    file.write_bytes(npz({"bundle": np.frombuffer(b"{", np.uint8)}))
    with pytest.raises(ValueError, match="Its entry 'bundle' is no JSON"):
        unpack_bundle(file)
    pickled = io.BytesIO()
    np.savez(pickled, bundle=np.array([{}], dtype=object))
    file.write_bytes(pickled.getvalue())
    with pytest.raises(ValueError, match=r"cannot be read as a bundle\. Object arrays cannot be loaded"):
        unpack_bundle(file)
    monkeypatch.setattr(bundles, "LARGEST_BYTES", 10)
    with pytest.raises(ValueError, match="at most 10 are allowed"):
        unpack_bundle(file)


class Negate(Edit):
    """A kind of edit that no file knows."""

    def site(self) -> str:
        return "embedding.sum"

    def apply(self, recorded: Tensor) -> Tensor:
        return -recorded

    def operation(self, index: tuple[int, ...], recorded: Operation) -> Operation:
        return recorded


def test_an_edit_of_an_unknown_kind_is_not_written_and_not_read() -> None:
    with pytest.raises(
        ValueError, match=r"An edit of the kind Negate cannot be written; ScaleHead, .* and PatchToken can"
    ):
        pack_bundle(pass_of(prime_config(), Edits((Negate(),))))


@pytest.mark.parametrize(
    "record",
    [
        {"kind": "Replace", "path": "embedding.sum", "array": "gone"},
        {"kind": "PatchToken", "path": "embedding.sum", "token": 0, "array": "gone"},
        {"kind": "UniformHead", "layer": 0},
        {"kind": "RemoveEdge", "layer": 0, "head": 0, "query": 0, "key": "0", "renormalize": True},
        {"kind": "RemoveEdge", "layer": 0, "head": 0, "query": 0, "key": 0, "renormalize": 1},
        {"kind": "ScaleFeedForward", "layer": 0, "factor": None},
        "UniformHead",
    ],
)
def test_a_record_that_lacks_something_is_refused(record: object) -> None:
    with pytest.raises(ValueError, match="is no record of an edit"):
        edits_from([record], {})


def test_the_command_says_its_verdict_and_returns_it(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(file)]) == 2
    assert capsys.readouterr().err.startswith("CANNOT BE RUN AGAIN: ")
    file.write_bytes(pack_bundle(pass_of(prime_config())))
    assert main([str(file)]) == 0
    assert capsys.readouterr().out.startswith("SAME: all ")


def test_another_process_comes_to_the_same_bits(file: Path) -> None:
    file.write_bytes(pack_bundle(sentence_pass(norm="pre", positions="learned"), SENTENCE))
    command = [sys.executable, "-m", "encoder.replay", str(file)]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout.startswith("SAME: all ")
