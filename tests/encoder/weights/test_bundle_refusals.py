"""Whatever is wrong with a bundle is said."""

import io
import json
import random
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from torch import Tensor

from encoder import Edits, describe
from encoder.edits import Edit
from encoder.operations import Operation
from encoder.replay import differences, main, replay
from encoder.weights import bundle as bundles
from encoder.weights.bundle import pack_bundle, unpack_bundle
from encoder.weights.edit_records import edits_from
from encoder.weights.trace_files import npz
from tests.encoder.bundles import change, pass_of
from tests.encoder.conftest import prime_config

ESCAPES = "\x1b[2J\x1b[31mSAME: all\n" * 999


def test_a_damaged_file_is_refused_or_was_damaged_where_it_does_not_count(bundle_file: Path) -> None:
    content = pack_bundle(pass_of(prime_config(n_layers=1)))
    bundle_file.write_bytes(content)
    whole = unpack_bundle(bundle_file)
    chance = random.Random(0)
    complaints = []
    for _ in range(150):
        damaged = bytearray(content)
        damaged[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        bundle_file.write_bytes(damaged)
        try:
            assert differences(whole.tensors, unpack_bundle(bundle_file).tensors) == {}
        except ValueError as error:
            complaints.append(str(error))
    assert len(complaints) > 75
    assert all(complaint.startswith(f"{bundle_file} cannot be read as a bundle. ") for complaint in complaints)
    assert all(complaint.endswith("Download the bundle again.") for complaint in complaints)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.999])
def test_half_a_download_is_refused(bundle_file: Path, share: float) -> None:
    content = pack_bundle(pass_of(prime_config()))
    bundle_file.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(ValueError, match=r"cannot be read as a bundle. It is damaged, or no NPZ file at all"):
        unpack_bundle(bundle_file)


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
def test_facts_of_another_form_are_refused(bundle_file: Path, facts: dict[str, Any], complaint: str) -> None:
    bundle_file.write_bytes(pack_bundle(pass_of(prime_config())))
    change(bundle_file, **facts)
    with pytest.raises(ValueError, match=complaint):
        unpack_bundle(bundle_file)


def test_a_config_beyond_the_limits_or_beside_its_trace_is_refused(bundle_file: Path) -> None:
    bundle_file.write_bytes(pack_bundle(pass_of(prime_config())))
    with np.load(bundle_file) as entries:
        config = json.loads(entries["bundle"].tobytes())["config"]
    change(bundle_file, config=config | {"d_model": 10**9})
    with pytest.raises(ValueError, match="d_model is 1000000000; it must be a whole number from 1 to 512"):
        unpack_bundle(bundle_file)
    change(bundle_file, config=config | {"n_layers": 3})
    with pytest.raises(
        ValueError, match=r"does not fit its config: 'layers.2.attention.context' is missing or too much"
    ):
        unpack_bundle(bundle_file)


def test_a_file_that_is_no_bundle_says_what_it_lacks(bundle_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="There is no such file"):
        unpack_bundle(bundle_file)
    bundle_file.write_bytes(npz({"a": np.zeros(3)}))
    with pytest.raises(ValueError, match="It has no entry 'bundle'"):
        unpack_bundle(bundle_file)
    bundle_file.write_bytes(npz({"bundle": np.frombuffer(b"{", np.uint8)}))
    with pytest.raises(ValueError, match="Its entry 'bundle' is no JSON"):
        unpack_bundle(bundle_file)
    pickled = io.BytesIO()
    np.savez(pickled, bundle=np.array([{}], dtype=object))
    bundle_file.write_bytes(pickled.getvalue())
    with pytest.raises(ValueError, match=r"cannot be read as a bundle\. Object arrays cannot be loaded"):
        unpack_bundle(bundle_file)
    monkeypatch.setattr(bundles, "LARGEST_BYTES", 10)
    with pytest.raises(ValueError, match="at most 10 are allowed"):
        unpack_bundle(bundle_file)


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


def with_member(file: Path, name: str, content: bytes) -> None:
    """Put one more entry into the bundle, or another one in its place, as NumPy would never write it."""
    with zipfile.ZipFile(file) as old:
        entries = {entry: old.read(entry) for entry in old.namelist()}
    with zipfile.ZipFile(file, "w") as new:
        for entry, kept in (entries | {name: content}).items():
            new.writestr(entry, kept)


def npy(header: str) -> bytes:
    """A file of NumPy's that has this text for a header."""
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + bytes(64)


@pytest.mark.parametrize(
    "content",
    [
        b"no array",
        npy("{'descr': '<f4', 'fortran_order': False, 'shape': (("),
        npy("{'descr': (), 'fortran_order': False, 'shape': (1,)}"),
        npy(f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({10**30},)}}"),
        npy("{'descr': '<f16', 'fortran_order': False, 'shape': (1,)}"),
        npy("{'descr': '>f4', 'fortran_order': False, 'shape': (1,)}"),
        npy("{'descr': '<U4', 'fortran_order': False, 'shape': (1,)}"),
    ],
)
@pytest.mark.parametrize("name", ["trace/embedding.token.npy", "other.npy", "other"])
def test_an_entry_that_is_no_plain_array_is_refused(bundle_file: Path, name: str, content: bytes) -> None:
    bundle_file.write_bytes(pack_bundle(pass_of(prime_config(n_layers=1))))
    with_member(bundle_file, name, content)
    with pytest.raises(ValueError, match="cannot be read as a bundle"):
        unpack_bundle(bundle_file)


def test_a_pass_that_would_be_larger_than_its_trace_is_refused(bundle_file: Path) -> None:
    bundle_file.write_bytes(pack_bundle(pass_of(prime_config(n_layers=1))))
    with np.load(bundle_file) as entries:
        arrays = dict(entries)
    arrays["trace/token_ids"] = np.ones((100_000, 11), np.int64)
    bundle_file.write_bytes(npz(arrays))
    with pytest.raises(ValueError, match=r"Its tensor 'embedding\.token' of the shape .* does not fit its token_ids"):
        unpack_bundle(bundle_file)


@pytest.mark.parametrize("axis", ["head", "d_model", "d_head", "d_ff", "vocab"])
def test_a_trace_of_other_sizes_than_its_config_is_refused(bundle_file: Path, axis: str) -> None:
    bundle_file.write_bytes(pack_bundle(pass_of(prime_config(n_layers=1, prediction_head=True))))
    with np.load(bundle_file) as entries:
        arrays = dict(entries)
    for path, axes in [(name, describe(name[6:]).axes) for name in arrays if name.startswith("trace/")]:
        if axis in axes:
            arrays[path] = np.compress([], arrays[path], axes.index(axis))
    bundle_file.write_bytes(npz(arrays))
    with pytest.raises(ValueError, match=r"Its tensor '.*' of the shape \(.*0.*\) .* its token_ids and config: they"):
        unpack_bundle(bundle_file)


def test_a_trace_of_fewer_bytes_than_its_pass_is_refused(bundle_file: Path) -> None:
    bundle_file.write_bytes(pack_bundle(pass_of(prime_config(n_layers=1))))
    with np.load(bundle_file) as entries:
        arrays = dict(entries)
    bundle_file.write_bytes(npz(arrays | {"trace/embedding.sum": arrays["trace/embedding.sum"].astype(np.uint8)}))
    with pytest.raises(ValueError, match=r"Its tensor 'embedding\.sum' is uint8, but 'embedding\.token' is float32"):
        unpack_bundle(bundle_file)
    bundle_file.write_bytes(npz(arrays | {"trace/token_ids": arrays["trace/token_ids"][0]}))
    with pytest.raises(ValueError, match=r"Its token_ids have the shape \(11,\); they must be \[batch, token\]"):
        unpack_bundle(bundle_file)


@pytest.mark.parametrize("threads", ["²", "0001x", "1" * 5000, "0", "257"])
def test_what_a_stranger_wrote_for_a_version_cannot_steer_the_terminal(bundle_file: Path, threads: str) -> None:
    bundle_file.write_bytes(pack_bundle(pass_of(prime_config(n_layers=1))))
    change(bundle_file, versions={"torch": ESCAPES, "threads": threads})
    verdict = str(replay(unpack_bundle(bundle_file)))
    assert verdict.isprintable()
    assert len(verdict) < 400


@pytest.mark.parametrize("facts", [{}, {"weights": ESCAPES}, {"edits": [ESCAPES]}, {"config": {ESCAPES: 1}}])
def test_no_refusal_steers_the_terminal(
    bundle_file: Path, facts: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    bundle_file.write_bytes(pack_bundle(pass_of(prime_config(n_layers=1))))
    change(bundle_file, parameters_checksum="", versions={"torch": ESCAPES}, **facts)
    assert main([str(bundle_file)]) == 2
    reason = capsys.readouterr().err.removesuffix("\n")
    assert reason.startswith("CANNOT BE RUN AGAIN: ")
    assert reason.isprintable()
    assert len(reason) < 2100
