"""A payload is the one string of bytes in which named arrays travel to the browser, exact to the last bit.

    length of the header, u32 little-endian | header, JSON padded with spaces | the arrays' bytes, one after the other

The header is ASCII; under `"arrays"` it says for each name its `dtype`, its `shape` and its `offset` in bytes from the
header's end. That end and every offset are multiples of 4, so that the browser lays typed arrays over the bytes instead
of copying them.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

ALIGNMENT = 4
DTYPES = ("float32", "uint8")


def pack(header: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """Put a header and named arrays into one payload.

    Raises:
        ValueError: if the header has an entry "arrays" already, or if the browser could not read an array's dtype.
    """
    if "arrays" in header:
        raise ValueError(
            'The header has an entry "arrays"; that name is kept for the list of arrays. Choose another name.'
        )
    table: dict[str, dict[str, Any]] = {}
    blocks: list[bytes | memoryview] = []
    offset = 0
    for name, array in arrays.items():
        if array.dtype.name not in DTYPES:
            raise ValueError(
                f'The array "{name}" is {array.dtype.name}; allowed are {", ".join(DTYPES)}. '
                "Convert it first, as in array.astype(np.float32)."
            )
        block = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        table[name] = {"dtype": array.dtype.name, "shape": list(array.shape), "offset": offset}
        blocks += [block.data, bytes(-block.nbytes % ALIGNMENT)]
        offset += block.nbytes + -block.nbytes % ALIGNMENT
    text = json.dumps({**header, "arrays": table}, allow_nan=False).encode("ascii")
    text += b" " * (-len(text) % ALIGNMENT)
    return b"".join([len(text).to_bytes(4, "little"), text, *blocks])


def join(payloads: Sequence[bytes]) -> bytes:
    r"""Put payloads into one: the length of each, u32 little-endian, then one payload after the other.

    >>> join([b"once", b"more..."])
    b'\x04\x00\x00\x00\x07\x00\x00\x00oncemore...'
    """
    return b"".join([*(len(payload).to_bytes(4, "little") for payload in payloads), *payloads])
