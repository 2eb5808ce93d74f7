"""Payloads: what is packed is what is read back, bit for bit, at addresses that the browser can use."""

import json
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pages.views.payload import pack
from tests.pages.payloads import unpack

ARRAYS = st.dictionaries(
    st.text(max_size=5),
    st.sampled_from([np.float32, np.uint8]).flatmap(
        lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5))
    ),
    max_size=5,
)
HEADERS = st.dictionaries(
    st.text(max_size=5).filter(lambda name: name != "arrays"),
    st.integers() | st.booleans() | st.lists(st.text(st.characters(), max_size=5)),
    max_size=5,
)


@given(HEADERS, ARRAYS)
def test_what_is_packed_is_read_back_bit_for_bit(header: dict[str, object], arrays: dict[str, np.ndarray]) -> None:
    read_header, read_arrays = unpack(pack(header, arrays))

    assert read_header == header
    assert list(read_arrays) == list(arrays)
    for name, array in arrays.items():
        assert read_arrays[name].dtype == array.dtype
        assert read_arrays[name].shape == array.shape
        assert read_arrays[name].tobytes() == array.tobytes()


@given(HEADERS, ARRAYS)
def test_every_array_starts_at_a_multiple_of_four(header: dict[str, object], arrays: dict[str, np.ndarray]) -> None:
    payload = pack(header, arrays)
    start = 4 + int.from_bytes(payload[:4], "little")

    assert start % 4 == 0
    assert all(entry["offset"] % 4 == 0 for entry in json.loads(payload[4:start])["arrays"].values())


def test_a_payload_is_length_then_header_then_bytes() -> None:
    payload = pack({"a": 1}, {"x": np.array([1, 2, 3], np.uint8), "y": np.array([1.0], np.float32)})
    table = '"arrays": {"x": {"dtype": "uint8", "shape": [3], "offset": 0}, '
    table += '"y": {"dtype": "float32", "shape": [1], "offset": 4}}'
    header = f'{{"a": 1, {table}}}'
    header += " " * (-len(header) % 4)

    assert payload == len(header).to_bytes(4, "little") + header.encode() + b"\x01\x02\x03\x00" + b"\x00\x00\x80\x3f"


def test_slices_and_foreign_byte_order_arrive_as_the_numbers_they_are() -> None:
    numbers = np.arange(35, dtype=np.float32).reshape(5, 7)
    _, arrays = unpack(pack({}, {"slice": numbers[::2, 1:].T, "big": numbers.astype(">f4")}))

    np.testing.assert_array_equal(arrays["slice"], numbers[::2, 1:].T)
    np.testing.assert_array_equal(arrays["big"], numbers)


def test_numbers_that_are_no_numbers_arrive() -> None:
    odd = np.array([np.nan, np.inf, -np.inf, -0.0], np.float32)

    assert unpack(pack({}, {"odd": odd}))[1]["odd"].tobytes() == odd.tobytes()


def test_text_arrives_as_typed() -> None:
    tokens = ["<script>", "مرحبا", "👩‍👩‍👧", "\x00", "\ud800", '"\\', "\u2028"]

    assert unpack(pack({"tokens": tokens}, {}))[0]["tokens"] == tokens


def test_a_dtype_that_the_browser_does_not_read_is_refused() -> None:
    message = 'The array "x" is float64; allowed are float32, uint8. Convert it first, as in array.astype(np.float32).'
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        pack({}, {"x": np.zeros(3)})


def test_a_header_that_hides_the_arrays_is_refused() -> None:
    message = 'The header has an entry "arrays"; that name is kept for the list of arrays. Choose another name.'
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        pack({"arrays": 1}, {})
