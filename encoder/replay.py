"""Run a pass again from its bundle, and say whether every number comes out as recorded.

    python -m encoder.replay bundle.npz

With the same versions on the same kind of machine every tensor must be the same, bit for bit; elsewhere to 1e-5. The
exit status is 0 if that holds, 1 if it does not, and 2 if the pass cannot be run again.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np
import torch

from encoder.config import EncoderConfig
from encoder.model import Encoder
from encoder.tokenizer import Tokenizer
from encoder.weights.bundle import SEEDED, Bundle, parameters_checksum, recorded_dtype, unpack_bundle
from encoder.weights.checkpoint import CONFIG_FIELDS, load
from encoder.weights.nested import NestedEncoder
from encoder.weights.trace_files import arrays
from encoder.weights.versions import versions

TOLERANCE = 1e-5
ASSETS = Path(__file__).resolve().parent.parent / "assets"


@final
@dataclass(frozen=True)
class Verdict:
    """How a pass that was run again compares with its record.

    `differences` has the largest relative difference of every tensor that is not the same bit for bit: a share of 1, or
    of the recorded number where that is larger. `other_versions` says what has changed since.
    """

    n_tensors: int
    differences: Mapping[str, float]
    other_versions: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether the pass came out as it must."""
        if not self.other_versions:
            return not self.differences
        return all(difference <= TOLERANCE for difference in self.differences.values())

    def __str__(self) -> str:
        where = f"elsewhere ({'; '.join(self.other_versions)})" if self.other_versions else "with the same versions"
        if not self.differences:
            return f"SAME: all {self.n_tensors} tensors came out bit for bit, {where}."
        path, largest = max(self.differences.items(), key=lambda item: item[1])
        found = (
            f"{len(self.differences)} of {self.n_tensors} tensors differ in some bits, {where}; "
            f"the largest relative difference is {largest:.2g}, at {path}."
        )
        if self.holds:
            return f"SAME to {TOLERANCE:.0e}: {found}"
        must = f"to {TOLERANCE:.0e}" if self.other_versions else "bit for bit"
        return f"DIFFERENT: {found} They must agree {must}."


@torch.inference_mode()
def replay(bundle: Bundle, checkpoint: Path | None = None) -> Verdict:
    """Run the pass of a bundle again, from its sentence where it has one, and compare every tensor.

    Raises ValueError if its parameters cannot be had here.
    """
    threads = torch.get_num_threads()
    recorded_threads = bundle.versions.get("threads", "")
    if recorded_threads in map(str, range(1, 257)):
        torch.set_num_threads(int(recorded_threads))  # how a sum is split decides its last bits
    try:
        here = versions()
        encoder = parameters_again(bundle, checkpoint)
        key_mask = bundle.tensors.get("key_mask")
        trace = encoder(
            torch.tensor([Tokenizer.load().encode(bundle.sentence).ids])
            if bundle.sentence is not None
            else torch.from_numpy(bundle.tensors["token_ids"]),
            None if key_mask is None else torch.from_numpy(key_mask),
            bundle.edits,
        )
    finally:
        torch.set_num_threads(threads)
    changed = tuple(
        f"{name} {printable(bundle.versions.get(name, 'unknown'))} then, {value} now"
        for name, value in here.items()
        if bundle.versions.get(name) != value
    )
    return Verdict(len(bundle.tensors), differences(bundle.tensors, arrays(trace)), changed)


def printable(text: str, longest: int = 40) -> str:
    """Return what a stranger's file says so that a terminal can show it: one short line, without control characters.

    >>> printable("2.13.0"), printable(chr(27) + "[2J" + chr(10))
    ('2.13.0', '?[2J?')
    """
    return "".join(sign if sign.isprintable() else "?" for sign in text[:longest])


def differences(recorded: Mapping[str, np.ndarray], again: Mapping[str, np.ndarray]) -> dict[str, float]:
    """Return the largest relative difference of every tensor that is not the same, to the last bit."""
    return {
        path: largest_relative_difference(recorded[path], again[path])
        for path in recorded
        if recorded[path].dtype != again[path].dtype
        or recorded[path].shape != again[path].shape
        or recorded[path].tobytes() != again[path].tobytes()
    }


def largest_relative_difference(recorded: np.ndarray, again: np.ndarray) -> float:
    """Return max|recorded − again| / max(1, |recorded|); ∞ if their shapes differ or one of two is not finite.

    >>> largest_relative_difference(np.array([100.0, -np.inf]), np.array([101.0, -np.inf]))
    0.01
    """
    if recorded.shape != again.shape:
        return np.inf
    first, second = recorded.astype(np.float64), again.astype(np.float64)
    differs = first != second
    first, second = first[differs], second[differs]
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        return np.inf
    return float((np.abs(first - second) / np.maximum(1, np.abs(first))).max(initial=0.0))


def parameters_again(bundle: Bundle, checkpoint: Path | None) -> Encoder:
    """Return the encoder of the bundle: from its seed, or from the checkpoint whose parameters it had.

    A checkpoint that is not given is looked for in `assets/`; of nested parameters the slice of the right shape is
    taken. Raises ValueError if there are no parameters with the bundle's checksum, or if they belong to another config.
    """
    if bundle.weights == SEEDED and checkpoint is None:
        encoder = Encoder(bundle.config).to(recorded_dtype(bundle))
        if parameters_checksum(encoder.state_dict()) == bundle.parameters_checksum:
            return encoder
        raise ValueError(
            f"The seed {bundle.config.seed} gives other parameters here than the bundle was made with. "
            f"Use torch {printable(bundle.versions.get('torch', 'of the same version'))}."
        )
    for path in [checkpoint] if checkpoint else sorted(ASSETS.rglob("*.safetensors")):
        encoder = _shaped(load(path, bundle.config.limits), bundle).to(recorded_dtype(bundle))
        if parameters_checksum(encoder.state_dict()) == bundle.parameters_checksum:
            _check_config(bundle.config, encoder.config, path)
            return encoder
    raise ValueError(
        f"No checkpoint here has the parameters {printable(bundle.weights)!r} that the bundle was made with. "
        "Give the right file with --checkpoint."
    )


def _check_config(recorded: EncoderConfig, own: EncoderConfig, path: Path) -> None:
    """Raise ValueError if the bundle says other things of its encoder than the checkpoint that it came from."""
    for name in CONFIG_FIELDS:
        if getattr(recorded, name) != getattr(own, name):
            raise ValueError(
                f"The bundle says that {name} is {getattr(recorded, name)!r}, but with its parameters in {path} it is "
                f"{getattr(own, name)!r}: the bundle was changed after it was made. Download it again."
            )


def _shaped(whole: Encoder, bundle: Bundle) -> Encoder:
    """The slice of the whole that has the bundle's shape, or the whole where it has no such slice."""
    if whole.config == bundle.config:
        return whole
    try:
        return NestedEncoder(whole).at(bundle.config.n_layers, bundle.config.n_heads, bundle.config.d_model)
    except ValueError:
        return whole


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, run the pass again, say the verdict, and return the exit status."""
    parser = argparse.ArgumentParser(description="Run a pass again from its bundle and compare every tensor.")
    parser.add_argument("bundle", type=Path, help="a bundle.npz, as the page Tensors offers it")
    parser.add_argument("--checkpoint", type=Path, help="the file of trained parameters, if it is not in assets/")
    options = parser.parse_args(arguments)
    try:
        verdict = replay(unpack_bundle(options.bundle), options.checkpoint)
    except ValueError as error:
        return _refuse(str(error))
    except (RuntimeError, MemoryError) as error:
        return _refuse(f"The pass broke off, perhaps for want of memory ({error!r}).")
    sys.stdout.write(f"{verdict}\n")
    return 0 if verdict.holds else 1


def _refuse(reason: str) -> int:
    """Say why the pass cannot be run again, and return the exit status."""
    sys.stderr.write(f"CANNOT BE RUN AGAIN: {printable(reason, 2000)}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
