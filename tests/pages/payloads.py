"""Payloads read back, so that what was sent to a browser can be compared with what was computed."""

import json
from typing import Any

import numpy as np


def unpack(payload: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read a payload back as header and arrays."""
    start = 4 + int.from_bytes(payload[:4], "little")
    header = json.loads(payload[4:start])
    arrays = {}
    for name, entry in header.pop("arrays").items():
        size = int(np.prod(entry["shape"], dtype=np.int64))
        dtype = np.dtype(entry["dtype"]).newbyteorder("<")
        arrays[name] = np.frombuffer(payload, dtype, size, start + entry["offset"]).reshape(entry["shape"])
    return header, arrays


def split(joined: bytes, count: int) -> list[bytes]:
    r"""Take so many payloads apart again.

    >>> split(b"\x04\x00\x00\x00\x07\x00\x00\x00oncemore...", 2)
    [b'once', b'more...']
    """
    lengths = np.frombuffer(joined, "<u4", count)
    ends = (4 * count + np.cumsum(lengths)).tolist()
    return [joined[start:end] for start, end in zip([4 * count, *ends], ends, strict=False)]
