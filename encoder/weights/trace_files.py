"""A trace as files that other programs read: one tensor as CSV or NPY, all of them as NPZ or safetensors."""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import asdict

import numpy as np
from safetensors.numpy import save as to_safetensors

from encoder.trace import Trace, describe


def tensor_csv(trace: Trace, path: str) -> bytes:
    """Write one tensor as text, a line per number: its place on every axis, then the number itself, exact.

    >>> import torch
    >>> from encoder import Encoder, EncoderConfig
    >>> trace = Encoder(EncoderConfig(vocab_size=11, d_model=8, n_heads=2, n_layers=1))(torch.tensor([[7, 2]]))
    >>> tensor_csv(trace, "token_ids").decode().split()
    ['batch,token,value', '0,0,7', '0,1,2']
    """
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow([*describe(path).axes, "value"])
    lines.writerows([*index, str(value)] for index, value in np.ndenumerate(_array(trace, path)))
    return text.getvalue().encode("utf-8")


def tensor_npy(trace: Trace, path: str) -> bytes:
    """Write one tensor as `numpy.load` reads it."""
    file = io.BytesIO()
    np.save(file, _array(trace, path), allow_pickle=False)
    return file.getvalue()


def trace_npz(trace: Trace) -> bytes:
    """Write every tensor under its path, as `numpy.load` reads it."""
    return npz(arrays(trace))


def trace_safetensors(trace: Trace) -> bytes:
    """Write every tensor under its path, as `safetensors` reads it; the metadata holds the config as JSON."""
    config = {name: value for name, value in asdict(trace.config).items() if name != "limits"}
    return to_safetensors(arrays(trace), {"config": json.dumps(config)})


def arrays(trace: Trace) -> dict[str, np.ndarray]:
    """Return every tensor of the trace by its path, in the order of computation."""
    return {path: _array(trace, path) for path in trace.paths}


def npz(entries: Mapping[str, np.ndarray]) -> bytes:
    """Write named arrays as one NPZ file."""
    file = io.BytesIO()
    np.savez(file, **entries)  # type: ignore[arg-type]  # the names are paths, never that of an option
    return file.getvalue()


def _array(trace: Trace, path: str) -> np.ndarray:
    return np.ascontiguousarray(trace[path].detach().cpu().numpy())
