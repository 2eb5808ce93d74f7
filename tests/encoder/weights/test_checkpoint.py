"""A checkpoint gives the encoder back bit for bit, or says which file is wrong and how."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import safetensors.torch
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from encoder import Encoder, EncoderConfig, Limits
from encoder.weights import NestedEncoder, assemble, load, save
from tests.encoder.conftest import configs, prime_config, some_tokens

# The epsilon has no exponent, as 1e-05 and 1E-05 are one bit apart and yet the same number.
SMALL = EncoderConfig(vocab_size=3, d_model=2, n_heads=1, n_layers=1, d_ff=5, max_length=7, layer_norm_epsilon=0.001)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The content of a small checkpoint."""
    path = tmp_path_factory.mktemp("saved") / "small.safetensors"
    save(Encoder(SMALL), path)
    return path.read_bytes()


def same_parameters(first: Encoder, second: Encoder) -> bool:
    one, other = first.state_dict(), second.state_dict()
    return one.keys() == other.keys() and all(
        torch.equal(one[name], other[name]) and one[name].dtype == other[name].dtype for name in one
    )


@settings(deadline=None, max_examples=12)
@given(config=configs(), double=st.booleans())
def test_a_loaded_encoder_is_the_saved_one_bit_for_bit(config: EncoderConfig, double: bool) -> None:
    encoder = Encoder(config).to(torch.float64 if double else torch.float32)
    with TemporaryDirectory() as folder:
        save(encoder, Path(folder, "a.safetensors"))
        loaded = load(Path(folder, "a.safetensors"))
    ids = some_tokens(config, length=7)
    assert loaded.config == config
    assert same_parameters(loaded, encoder)
    assert torch.equal(loaded(ids).output, encoder(ids).output)


def test_any_reader_of_safetensors_finds_the_parameters_and_the_config(tmp_path: Path) -> None:
    encoder, path = Encoder(prime_config(norm="pre")), tmp_path / "a.safetensors"
    save(encoder, str(path))
    found = safetensors.torch.load_file(path)
    assert all(torch.equal(found.pop(name), values) for name, values in encoder.state_dict().items())
    assert not found
    with safetensors.safe_open(path, framework="pt") as file:
        config = json.loads(file.metadata()["encoder"])["config"]
    assert "limits" not in config
    assert EncoderConfig(**config) == encoder.config


def test_the_same_encoder_gives_the_same_file_byte_for_byte(tmp_path: Path) -> None:
    for name in "ab":
        save(Encoder(prime_config()), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_parameters_that_lie_transposed_in_memory_are_saved_as_they_are_read(tmp_path: Path) -> None:
    whole = Encoder(prime_config()).state_dict()
    views = assemble(prime_config(), {name: values.t().contiguous().t() for name, values in whole.items()})
    save(views, tmp_path / "a")
    assert same_parameters(load(tmp_path / "a"), Encoder(prime_config()))


def test_a_slice_of_a_nested_encoder_is_saved_without_the_rest(tmp_path: Path) -> None:
    whole = Encoder(EncoderConfig(vocab_size=11, d_model=32, n_heads=3, n_layers=2, d_head=5, positions="learned"))
    small = NestedEncoder(whole).at(n_layers=1, n_heads=2, d_model=16)
    save(small, tmp_path / "a")
    assert same_parameters(load(tmp_path / "a"), small)


def test_loading_draws_no_random_number(tmp_path: Path) -> None:
    save(Encoder(SMALL), tmp_path / "a")
    before = torch.random.get_rng_state()
    load(tmp_path / "a")
    assert torch.equal(before, torch.random.get_rng_state())


def test_a_later_change_of_the_file_does_not_reach_a_loaded_encoder(tmp_path: Path, saved: bytes) -> None:
    path = tmp_path / "a"
    path.write_bytes(saved)
    loaded = load(path)
    with path.open("r+b") as file:
        file.write(bytes(len(saved)))
    assert same_parameters(loaded, Encoder(SMALL))


def test_a_save_that_fails_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    save(Encoder(SMALL), path)

    def disk_full(descriptor: int) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "fsync", disk_full)
    with pytest.raises(OSError, match="No space left"):
        save(Encoder(replace(SMALL, seed=1)), path)
    assert list(tmp_path.iterdir()) == [path]
    assert same_parameters(load(path), Encoder(SMALL))


def test_an_encoder_that_is_not_finite_is_not_saved(tmp_path: Path) -> None:
    encoder = Encoder(SMALL)
    with torch.no_grad():
        encoder.get_parameter("layers.0.attention.b_O")[1] = torch.nan
    with pytest.raises(ValueError, match=r"'layers\.0\.attention\.b_O' holds numbers that are not finite, 1 of 2"):
        save(encoder, tmp_path / "a")
    assert not list(tmp_path.iterdir())


def test_limits_are_those_of_the_reader_and_not_of_the_file(tmp_path: Path) -> None:
    path, larger = tmp_path / "large", Limits(max_length=131)
    encoder = Encoder(replace(SMALL, max_length=131, limits=larger))
    save(encoder, path)
    with pytest.raises(
        ValueError, match=r"large cannot be loaded\. max_length is 131; .* from 1 to 128\. Give another"
    ):
        load(path)
    assert same_parameters(load(path, limits=larger), encoder)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match=r"absent\.safetensors cannot be loaded\. There is no such file\. Give another"
    ):
        load(tmp_path / "absent.safetensors")


def test_a_folder_is_no_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"cannot be loaded\. It is no complete safetensors file"):
        load(tmp_path)


@settings(deadline=None, max_examples=50)
@given(data=st.data())
def test_a_truncated_file_is_named(saved: bytes, data: st.DataObject) -> None:
    length = data.draw(st.integers(0, len(saved) - 1))
    with TemporaryDirectory() as folder:
        path = Path(folder, "cut.safetensors")
        path.write_bytes(saved[:length])
        with pytest.raises(ValueError, match=r"cut\.safetensors cannot be loaded\. It is no complete safetensors file"):
            load(path)


@settings(deadline=None, max_examples=200)
@given(data=st.data())
def test_a_single_flipped_bit_anywhere_is_noticed(saved: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(saved) - 1))
    flipped = bytearray(saved)
    flipped[place] ^= 1 << data.draw(st.integers(0, 7))
    with TemporaryDirectory() as folder:
        path = Path(folder, "flipped.safetensors")
        path.write_bytes(flipped)
        with pytest.raises(ValueError, match=r"flipped\.safetensors cannot be loaded\."):
            load(path)


Change = Callable[[dict[str, Tensor], dict[str, Any]], object]
W_O = "layers.0.attention.W_O"
CHANGES: list[tuple[Change, str]] = [
    (lambda tensors, config: tensors.pop(W_O), r"missing: 'layers\.0\.attention\.W_O'"),
    (lambda tensors, config: tensors.update(extra=torch.ones(2)), "no parameters of these names: 'extra'"),
    (lambda tensors, config: tensors.update({W_O: torch.ones(2, 3)}), r"is \(2, 3\); the config asks for \(2, 2\)"),
    (lambda tensors, config: tensors.update({W_O: torch.ones(2, 2).long()}), r"W_O' is torch\.int64; parameters are"),
    (
        lambda tensors, config: tensors.update({W_O: torch.full((2, 2), torch.nan)}),
        "holds numbers that are not finite, 4 of 4",
    ),
    (lambda tensors, config: tensors.update({W_O: torch.ones(2, 2)}), "Its content and its checksum differ"),
    (lambda tensors, config: config.update(activation="relu"), "Its content and its checksum differ"),
    (lambda tensors, config: config.update(n_layers=2), r"missing: 'layers\.1\..* and 13 more"),
    (lambda tensors, config: config.update(norm="pre"), r"missing: 'final_norm\.gamma', 'final_norm\.beta'"),
    (lambda tensors, config: config.update(d_model="2"), "d_model is '2'; it must be a whole number from 1 to 512"),
    (lambda tensors, config: config.update(n_layers=10**9), "n_layers is 1000000000; it must be .* from 1 to 12"),
    (lambda tensors, config: config.update(limits={"n_layers": 99}), "Its config has 'limits', which no encoder has"),
    (lambda tensors, config: config.pop("norm"), "Its config has no 'norm'"),
]


@pytest.mark.parametrize(("change", "message"), CHANGES)
def test_a_file_whose_parts_do_not_fit_is_refused_with_the_part(
    change: Change, message: str, saved: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "changed.safetensors"
    path.write_bytes(saved)
    with safetensors.safe_open(path, framework="pt") as file:
        entry = json.loads(file.metadata()["encoder"])
    tensors = safetensors.torch.load(saved)
    change(tensors, entry["config"])
    safetensors.torch.save_file(tensors, path, {"encoder": json.dumps(entry)})
    with pytest.raises(ValueError, match=rf"changed\.safetensors cannot be loaded\. .*{message}.*\. Give another file"):
        load(path)


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        (None, "Its metadata has no 'encoder'"),
        ({"format": "pt"}, "Its metadata has no 'encoder'"),
        ({"encoder": "{"}, "Its metadata 'encoder' is no JSON"),
        ({"encoder": 100_000 * "["}, "Its metadata 'encoder' is no JSON"),
        ({"encoder": "3"}, "Its metadata 'encoder' holds no config"),
        ({"encoder": '{"config": 3}'}, "Its metadata 'encoder' holds no config"),
    ],
)
def test_a_safetensors_file_that_is_no_checkpoint_is_refused(
    metadata: dict[str, str] | None, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "other.safetensors"
    safetensors.torch.save_file({"x": torch.ones(2)}, path, metadata)
    with pytest.raises(ValueError, match=rf"other\.safetensors cannot be loaded\. {message}"):
        load(path)
