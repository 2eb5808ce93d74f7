"""Checkpoints: an encoder in one safetensors file, its parameters and the config that they belong to.

The file holds numbers and JSON, never code. Its metadata has one entry, `encoder`: JSON with the config and a
checksum of everything. The same encoder gives the same file, byte for byte.
"""

import hashlib
import json
import os
import uuid
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as to_safetensors
from torch import Tensor

from encoder.config import LIMITS, EncoderConfig, Limits
from encoder.model import Encoder
from encoder.weights.assembly import assemble, check_numbers

ENTRY = "encoder"
CONFIG_FIELDS = tuple(field.name for field in fields(EncoderConfig) if field.name != "limits")


def save(encoder: Encoder, path: Path | str) -> None:
    """Write the encoder to one file, whole or not at all: an older file stays until the new one is complete.

    The config's `limits` are left out: whoever loads the file sets them. Raises ValueError if a parameter is not
    finite, before anything is written.
    """
    # A view is laid out anew, as safetensors writes the memory as it lies.
    parameters = {name: values.detach().cpu().contiguous() for name, values in encoder.state_dict().items()}
    check_numbers(parameters)
    config = {name: getattr(encoder.config, name) for name in CONFIG_FIELDS}
    entry = json.dumps({"config": config, "checksum": _checksum(config, parameters)})
    content = to_safetensors({name: values.numpy() for name, values in parameters.items()}, {ENTRY: entry})

    path = Path(path)
    unfinished = path.with_name(f"{path.name}.{uuid.uuid4().hex}.part")
    try:
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def load(path: Path | str, limits: Limits = LIMITS) -> Encoder:
    """Read an encoder from a file that `save` wrote.

    Raises ValueError that names the file and what is wrong with it, if it is missing, damaged, changed since it was
    saved, does not fit its own config, or asks for more than `limits` allow.
    """
    try:
        entry, parameters = _read(Path(path))
        config, checksum = _parse(entry)
        encoder = assemble(EncoderConfig(**config, limits=limits), parameters)
        if _checksum(config, parameters) != checksum:
            raise ValueError("Its content and its checksum differ: it was changed after it was saved.")
    except ValueError as error:
        raise ValueError(f"{path} cannot be loaded. {error} Give another file, or save the encoder again.") from error
    return encoder


def _read(path: Path) -> tuple[str, dict[str, Tensor]]:
    """The file's entry and its tensors; copies, so that a later change of the file changes no encoder."""
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            parameters = {name: file.get_tensor(name).clone() for name in file.offset_keys()}
    except FileNotFoundError:
        raise ValueError("There is no such file.") from None
    except (OSError, SafetensorError) as error:
        raise ValueError(f"It is no complete safetensors file ({error}).") from error
    if ENTRY not in metadata:
        raise ValueError(f"Its metadata has no {ENTRY!r}: it is no checkpoint of an encoder.")
    return metadata[ENTRY], parameters


def _parse(entry: str) -> tuple[dict[str, Any], object]:
    """The config and the checksum that the entry holds."""
    try:
        parsed = json.loads(entry)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"Its metadata {ENTRY!r} is no JSON ({error}).") from error
    if not isinstance(parsed, dict) or not isinstance(config := parsed.get("config"), dict):
        raise ValueError(f"Its metadata {ENTRY!r} holds no config.")
    for name in CONFIG_FIELDS:
        if name not in config:
            raise ValueError(f"Its config has no {name!r}.")
    for name in config:
        if name not in CONFIG_FIELDS:
            raise ValueError(f"Its config has {name!r}, which no encoder has.")
    return config, parsed.get("checksum")


def _checksum(config: Mapping[str, object], parameters: Mapping[str, Tensor]) -> str:
    """SHA-256 over the config, then over the parameters in the order of their names."""
    digest = hashlib.sha256(json.dumps(config, sort_keys=True).encode())
    for name in sorted(parameters):
        digest.update(parameters[name].numpy().tobytes())
    return digest.hexdigest()
