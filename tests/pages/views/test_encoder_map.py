"""What the encoder map is sent: the wiring as declared, thumbnails that keep what stands out, and small scripts."""

import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pages.views.encoder_map import CODE, encoder_map_payload
from pages.views.thumbnails import eight_bits, extremes, limits
from tests.pages.payloads import unpack

OPENED: Any = SimpleNamespace(layer=0, head=0, cell=("a.x", (0, 2, 1)), large=None, row=2)
NUMBERS = np.random.default_rng(0).normal(size=(5, 7)).astype(np.float32)


def box(path: str, values: np.ndarray, *sources: Any, axes: tuple[str, ...] = ("batch", "token", "d_model")) -> Any:
    words = dict.fromkeys(("name", "symbol", "meaning", "shape", "colour", "operation", "formula"), "-")
    columns = axes[-1]
    return SimpleNamespace(
        path=path, values=values, sources=sources, axes=axes, columns=columns, scale="signed", **words
    )


def payload(*boxes: Any, n_tokens: int = 5) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    maps = np.zeros((2, n_tokens, n_tokens), np.float32)
    stages: Any = [SimpleNamespace(title="all", boxes=boxes)]
    tokens = [f"word{i}" for i in range(n_tokens)]
    return unpack(encoder_map_payload(tokens, stages=stages, opened=OPENED, layers=maps, heads=maps, story=None))


HEAD_BOX = box("a.query", NUMBERS[:, :3], axes=("batch", "head", "token", "d_head"))


def test_the_wiring_arrives_as_it_is_declared() -> None:
    source = SimpleNamespace(field="x", name="x", path="a.x", terms=("batch", "token", ":"), is_parameter=False)
    header, _ = payload(box("a.x", NUMBERS), box("a.mean", NUMBERS[:, :1], source), HEAD_BOX)
    expected = {"field": "x", "name": "x", "path": "a.x", "terms": ["batch", "token", ":"], "parameter": False}
    assert header["boxes"][1]["sources"] == [expected]
    assert [drawn["made"] for drawn in header["boxes"]] == [False, True, False]
    assert header["cell"] == "a.x@0,2,1"


def test_equal_tensors_are_sent_once() -> None:
    header, arrays = payload(box("a.x", NUMBERS), box("a.y", NUMBERS.copy()), HEAD_BOX)
    assert header["boxes"][0]["array"] == header["boxes"][1]["array"]
    np.testing.assert_array_equal(arrays[header["boxes"][1]["array"]], NUMBERS)


def test_what_does_not_fit_becomes_a_thumbnail_with_the_pinned_row_in_full() -> None:
    wide = np.random.default_rng(1).normal(size=(5, 60_000)).astype(np.float32)
    header, arrays = payload(box("a.x", wide), HEAD_BOX)
    drawn = header["boxes"][0]
    small = arrays[drawn["array"]]
    assert (drawn["full"], drawn["block"], small.dtype, small.shape) == (False, 1250, np.uint8, (5, 48))
    np.testing.assert_array_equal(arrays[drawn["rowArray"]], wide[2])


def test_a_saved_map_has_every_number_in_full() -> None:
    wide = np.random.default_rng(1).normal(size=(5, 60_000)).astype(np.float32)
    maps = np.zeros((2, 5, 5), np.float32)
    stages: Any = [SimpleNamespace(title="all", boxes=(box("a.x", wide), HEAD_BOX))]
    packed = encoder_map_payload(
        list("abcde"), stages=stages, opened=OPENED, layers=maps, heads=maps, story=None, everything=True
    )
    header, arrays = unpack(packed)
    assert [drawn["full"] for drawn in header["boxes"]] == [True, True]
    np.testing.assert_array_equal(arrays[header["boxes"][0]["array"]], wide)


def test_a_thumbnail_keeps_what_is_farthest_from_zero() -> None:
    values = np.array([[1, -3, 2, 0, 0, 0.5, -7]], np.float32)
    np.testing.assert_array_equal(extremes(values, 3), [[-3, 0.5, -7]])
    np.testing.assert_array_equal(extremes(values, 7), values)


def test_eight_bits_lie_at_most_half_a_level_beside_the_number() -> None:
    low, high = limits(NUMBERS, "signed")
    levels = eight_bits(NUMBERS, low, high)
    again = low + levels / 255 * (high - low)
    np.testing.assert_allclose(again, np.clip(NUMBERS, low, high), atol=(high - low) / 510 * 1.001)


def test_colours_end_at_three_sigma_or_at_the_largest_number() -> None:
    one_outlier = np.array([[100.0] + [1.0] * 99], np.float32)
    sigma = float(np.sqrt((one_outlier**2).mean()))
    assert limits(one_outlier, "signed") == pytest.approx((-3 * sigma, 3 * sigma))
    assert limits(one_outlier, "size") == (0.0, 100.0)
    assert limits(np.array([[1.0, -np.inf]], np.float32), "signed") == (-1.0, 1.0)
    assert limits(np.zeros((2, 2), np.float32), "signed") == (-1.0, 1.0)


def test_a_box_of_another_sentence_is_refused() -> None:
    message = 'The box "a.x" has the shape (5, 7) for 4 tokens; it must be [token, column]. Take tokens and values'
    with pytest.raises(ValueError, match=re.escape(message)):
        payload(box("a.x", NUMBERS), HEAD_BOX, n_tokens=4)


def test_the_script_is_small_and_writes_text_only_as_text() -> None:
    assert len(CODE.js.encode()) < 20 * 1024
    assert "innerHTML" not in CODE.js
