"""A bundle: one file with a whole pass and all that it takes to run it again.

An NPZ file. Its entry `bundle` is JSON as bytes: the config, where the parameters came from and their checksum, the
sentence, the edits and the versions. The entries `trace/…` are the tensors by their paths, `edits/…` those of edits.
"""

import hashlib
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
import torch
from torch import Tensor

from encoder.config import LIMITS, EncoderConfig, Limits
from encoder.edits import Edits
from encoder.trace import Trace, describe, trace_paths
from encoder.weights.checkpoint import CONFIG_FIELDS
from encoder.weights.edit_records import edit_records, edits_from
from encoder.weights.trace_files import arrays, npz
from encoder.weights.versions import versions

ENTRY, FORMAT = "bundle", 1
LARGEST_BYTES = 2**30
DTYPES = ("bool", "uint8", "int64", "float32", "float64")
SEEDED = "random"
"""The name of parameters that the config's seed alone decides."""


@final
@dataclass(frozen=True, eq=False)
class Bundle:
    """What a bundle holds; `sentence` is None where the pass was made from token ids alone."""

    config: EncoderConfig
    weights: str
    parameters_checksum: str
    sentence: str | None
    edits: Edits
    versions: Mapping[str, str]
    tensors: Mapping[str, np.ndarray]


def pack_bundle(trace: Trace, sentence: str | None = None, weights: str = SEEDED) -> bytes:
    """Return the bytes of a bundle file.

    `weights` is "random" for parameters drawn from the config's seed, else the name of a checkpoint. Raises ValueError
    if the pass had an edit that cannot be written.
    """
    assert isinstance(trace.edits, Edits)
    records, edit_arrays = edit_records(trace.edits)
    facts = {
        "format": FORMAT,
        "config": {name: getattr(trace.config, name) for name in CONFIG_FIELDS},
        "weights": weights,
        "parameters_checksum": parameters_checksum(trace.encoder.state_dict()),
        "sentence": sentence,
        "edits": records,
        "versions": versions(),
    }
    tensors = {f"trace/{path}": array for path, array in arrays(trace).items()}
    return npz({ENTRY: np.frombuffer(json.dumps(facts).encode(), np.uint8)} | tensors | edit_arrays)


def unpack_bundle(path: Path | str, limits: Limits = LIMITS) -> Bundle:
    """Read a bundle from a file; nothing in it is ever run as code.

    Raises ValueError that names the file and what is wrong with it, if it is missing, damaged or no bundle.
    """
    try:
        return _parse(_read(Path(path)), limits)
    except ValueError as error:
        raise ValueError(f"{path} cannot be read as a bundle. {error} Download the bundle again.") from error


def parameters_checksum(parameters: Mapping[str, Tensor]) -> str:
    """Return SHA-256 over all parameters: their names, types, shapes and numbers."""
    digest = hashlib.sha256()
    for name in sorted(parameters):
        values = parameters[name].detach().cpu().numpy()
        digest.update(f"{name} {values.dtype} {values.shape}".encode())
        digest.update(values.tobytes())
    return digest.hexdigest()


def _read(path: Path) -> dict[str, np.ndarray]:
    try:
        with zipfile.ZipFile(path) as file:
            size = sum(entry.file_size for entry in file.infolist())
            if size > LARGEST_BYTES:
                raise ValueError(f"It would take {size:,} bytes; at most {LARGEST_BYTES:,} are allowed.")
            if (damaged := file.testzip()) is not None:
                raise ValueError(f"Its entry {damaged!r} and its checksum differ: it was damaged on its way.")
        with np.load(path, allow_pickle=False) as file:
            entries = {name: file[name] for name in file.files}
    except FileNotFoundError:
        raise ValueError("There is no such file.") from None
    except ValueError:
        raise
    except Exception as error:  # whatever a stranger's header can set off while NumPy reads it
        raise ValueError(f"It is damaged, or no NPZ file at all ({type(error).__name__}: {error}).") from error
    for name, array in entries.items():
        if not isinstance(array, np.ndarray) or array.dtype.name not in DTYPES or not array.dtype.isnative:
            raise ValueError(f"Its entry {name!r} is no array of one of the types {', '.join(DTYPES)}.")
    return entries


def _parse(entries: dict[str, np.ndarray], limits: Limits) -> Bundle:
    facts = _facts(entries)
    config = EncoderConfig(**facts["config"], limits=limits)
    tensors = {name.removeprefix("trace/"): entries[name] for name in entries if name.startswith("trace/")}
    expected = trace_paths(config, masked="key_mask" in tensors)
    if set(tensors) != set(expected):
        wrong = sorted(set(tensors) ^ set(expected))[0]
        raise ValueError(f"Its trace does not fit its config: {wrong!r} is missing or too much.")
    _check_tensors(tensors, config)
    return Bundle(
        config=config,
        weights=facts["weights"],
        parameters_checksum=facts["parameters_checksum"],
        sentence=facts["sentence"],
        edits=edits_from(facts["edits"], entries),
        versions=facts["versions"],
        tensors={path: tensors[path] for path in expected},
    )


def _check_tensors(tensors: Mapping[str, np.ndarray], config: EncoderConfig) -> None:
    """Raise ValueError if some tensor has not the sizes of its token_ids and config, or not the precision of the pass.

    So the pass takes no more memory than the recorded one, which LARGEST_BYTES bounds.
    """
    if tensors["token_ids"].ndim != 2:
        raise ValueError(f"Its token_ids have the shape {tensors['token_ids'].shape}; they must be [batch, token].")
    batch, length = tensors["token_ids"].shape
    sizes = {"batch": batch, "token": length, "query": length, "key": length, "head": config.n_heads}
    sizes |= {"d_model": config.d_model, "d_head": config.d_head, "d_ff": config.d_ff, "vocab": config.vocab_size}
    dtype = tensors["embedding.token"].dtype
    if dtype not in (np.float32, np.float64):
        raise ValueError(f"Its numbers are {dtype}; a pass is float32 or float64.")
    for path, array in tensors.items():
        expected = tuple(sizes[axis] for axis in describe(path).axes)
        if array.shape != expected:
            raise ValueError(
                f"Its tensor {path!r} of the shape {array.shape} does not fit its token_ids and config: "
                f"they ask for {expected}."
            )
        if array.dtype != dtype and path not in ("token_ids", "key_mask"):
            raise ValueError(f"Its tensor {path!r} is {array.dtype}, but 'embedding.token' is {dtype}.")


def _facts(entries: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """The JSON of a bundle, with every part of the type that it must have."""
    if ENTRY not in entries:
        raise ValueError(f"It has no entry {ENTRY!r}: it holds a trace perhaps, but not how it was made.")
    try:
        facts = json.loads(entries[ENTRY].tobytes())
    except (ValueError, RecursionError) as error:
        raise ValueError(f"Its entry {ENTRY!r} is no JSON ({error}).") from error
    match facts:
        case {
            "format": 1,
            "config": dict(config),
            "weights": str(),
            "parameters_checksum": str(),
            "sentence": None | str(),
            "edits": list(),
            "versions": dict(),
        } if set(config) == set(CONFIG_FIELDS) and all(isinstance(it, str) for it in facts["versions"].values()):
            return facts
    raise ValueError(f"Its entry {ENTRY!r} is not that of format {FORMAT}.")


def recorded_dtype(bundle: Bundle) -> torch.dtype:
    """The precision of the pass that the bundle holds."""
    return torch.from_numpy(bundle.tensors["embedding.token"]).dtype
