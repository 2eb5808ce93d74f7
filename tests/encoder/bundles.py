"""Passes to be packed into bundles, and bundles with other facts in them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

from encoder import NO_EDITS, Edits, Encoder, EncoderConfig, Trace
from encoder.weights.trace_files import npz
from tests.encoder.conftest import some_mask, some_tokens


def pass_of(config: EncoderConfig, edit: Edits = NO_EDITS, masked: bool = False, double: bool = False) -> Trace:
    """Read some tokens as the app does, in float32 unless `double`."""
    encoder = Encoder(config).double() if double else Encoder(config)
    with torch.inference_mode():
        trace: Trace = encoder(some_tokens(config), some_mask() if masked else None, edit)
    return trace


def change(file: Path, **facts: Any) -> None:
    """Write other facts into the bundle's JSON, as someone with an editor could."""
    with np.load(file) as entries:
        arrays = dict(entries)
    arrays["bundle"] = np.frombuffer(json.dumps(json.loads(arrays["bundle"].tobytes()) | facts).encode(), np.uint8)
    file.write_bytes(npz(arrays))
