"""The encoder map shows every tensor of one layer and head as a box, and for each number where it came from.

Pointing is answered in the browser, from the recorded numbers and a table of which cells make which. The server is
asked for another layer or head, for the exact story of one pinned cell, and for numbers that did not fit.
"""

import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from pages.views.map_parts import MapBox, MapStage, OpenPart
from pages.views.map_wires import follows_its_source, is_of_all_heads, wires
from pages.views.payload import pack
from pages.views.thumbnails import eight_bits, extremes, limits
from pages.views.view_code import view_code

FULL_BYTES = 1_000_000
LARGE_BYTES = 1_100_000
WIDEST = 2_048
THUMBNAIL_COLUMNS = 48
STRIP_CELLS = 32
HISTOGRAM_BINS = 32

CODE = view_code("encoder_map")
_COMPONENT = st.components.v2.component("encoder_map", html=CODE.html, css=CODE.css, js=CODE.js)


def asked_of_map(widget_key: str = "encoder_map") -> Mapping[str, object]:
    """Return what the map in the browser has asked for, or what the link asks for if it has asked for nothing yet."""
    asked = st.session_state.get(widget_key, {}).get("asked")
    return asked if isinstance(asked, Mapping) else st.query_params.to_dict()


def encoder_map(
    tokens: Sequence[str],
    stages: Sequence[MapStage],
    opened: OpenPart,
    *,
    layers: np.ndarray,
    heads: np.ndarray,
    story: Mapping[str, Any] | None,
    vocabulary: Sequence[str] = (),
    widget_key: str = "encoder_map",
) -> None:
    """Draw the encoder from the tokens to the output of the open layer.

    Args:
        tokens: the pieces of the sentence; a token is known by its position, never by its text.
        stages: the boxes in the order of computation.
        opened: what is open.
        layers: float32 [layer, token, d_model], what leaves each layer.
        heads: float32 [head, query, key], the weights of every head of the open layer.
        story: the arithmetic of the pinned cell, or None.
        vocabulary: every word of the vocabulary, where a box has a column for each.
        widget_key: the name of this view on its page.

    Raises:
        ValueError: if a box has not one row per token.
    """
    payload = encoder_map_payload(
        tokens, stages, opened, layers=layers, heads=heads, story=story, vocabulary=vocabulary
    )
    _COMPONENT(data=payload, key=widget_key, on_asked_change=lambda: None)


def encoder_map_payload(
    tokens: Sequence[str],
    stages: Sequence[MapStage],
    opened: OpenPart,
    *,
    layers: np.ndarray,
    heads: np.ndarray,
    story: Mapping[str, Any] | None,
    vocabulary: Sequence[str] = (),
    everything: bool = False,
) -> bytes:
    """Pack what the map draws: numbers in full as far as they fit, and of larger tensors an 8-bit thumbnail.

    Of such a tensor the pinned token's row is sent in full besides. The header holds the table of the wiring. With
    `everything`, all numbers are packed in full, however many they are.
    """
    boxes = [box for stage in stages for box in stage.boxes]
    _check_rows(tokens, boxes)
    in_full = set(range(len(boxes))) if everything else _sent_in_full(boxes, opened.large)
    arrays: dict[str, np.ndarray] = {}
    drawn = [_drawn(box, place, place in in_full, opened, arrays) for place, box in enumerate(boxes)]
    arrays["layers"] = _strip(layers, signed=True)
    arrays["heads"] = _strip(heads, signed=False)
    counts = iter(range(len(boxes)))
    header = {
        "tokens": list(tokens),
        "vocabulary": list(vocabulary),
        "boxes": [{**box, "made": made} for box, made in zip(drawn, follows_its_source(stages), strict=True)],
        "stages": [{"title": stage.title, "boxes": [next(counts) for _ in stage.boxes]} for stage in stages],
        "wires": wires(stages),
        "row": _row_height(len(tokens)),
        "headWidth": next(box.values.shape[1] for box in boxes if _is_of_one_head(box)),
        "layer": opened.layer,
        "head": opened.head,
        "cell": _written(opened.cell),
        "large": next((_measured(box) for box in boxes if box.path == opened.large), None),
        "story": story,
    }
    digest = zlib.crc32(json.dumps(header).encode())
    for array in arrays.values():
        digest = zlib.crc32(np.ascontiguousarray(array).data, digest)
    return pack({**header, "digest": f"{digest:08x}"}, arrays)


def _drawn(box: MapBox, place: int, in_full: bool, opened: OpenPart, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    low, high = limits(box.values, box.scale)
    n_columns = box.values.shape[1]
    n_drawn = n_columns if in_full or box.path == opened.large else THUMBNAIL_COLUMNS
    array, row_array = f"box{place}", f"row{place}"
    if in_full:
        array = next((name for name, sent in arrays.items() if _same(sent, box.values)), array)
        arrays[array] = box.values
    else:
        arrays[array] = eight_bits(extremes(box.values, n_drawn), low, high)
        if opened.row is not None:
            arrays[row_array] = box.values[opened.row]
    words = ("path", "name", "symbol", "meaning", "columns", "shape", "colour", "operation", "formula")
    return {
        **{name: getattr(box, name) for name in words},
        "axes": list(box.axes),
        "sources": [
            {
                "field": source.field,
                "name": source.name,
                "path": source.path,
                "terms": list(source.terms),
                "parameter": source.is_parameter,
            }
            for source in box.sources
        ],
        "array": array,
        "full": in_full,
        "size": list(box.values.shape),
        "width": _width(box),
        "block": -(-n_columns // n_drawn),
        "row": opened.row,
        "rowArray": row_array,
        "low": low,
        "high": high,
        "limit": f"±{high:.3g}" if low else f"0 to {high:.3g}",
        "signed": box.scale == "signed",
    }


def _row_height(n_tokens: int) -> int:
    return min(max(380 // n_tokens, 3), 16)


def _width(box: MapBox) -> int:
    """How many pixels wide a box is drawn: whole ones a column where there is room, maps of attention nearly square."""
    n_rows, n_columns = box.values.shape
    if box.columns == "key":
        return min(max(_row_height(n_rows) * n_columns, 72), 200)
    return 18 if n_columns == 1 else min(n_columns * max(1, round(72 / n_columns)), 128)


def _measured(box: MapBox) -> dict[str, Any]:
    """What is said about the large box: its spread, a histogram, and the norm of each token's row."""
    numbers = np.where(np.isfinite(box.values), box.values, np.nan).astype(np.float64)
    return {
        "path": box.path,
        "mean": float(np.nanmean(numbers)),
        "std": float(np.nanstd(numbers)),
        "least": float(np.nanmin(numbers)),
        "most": float(np.nanmax(numbers)),
        "bins": np.histogram(numbers[np.isfinite(numbers)], HISTOGRAM_BINS)[0].tolist(),
        "norms": np.sqrt(np.nansum(numbers**2, axis=1)).tolist(),
    }


def _same(sent: np.ndarray, values: np.ndarray) -> bool:
    """Whether these very numbers are sent already, as the scores are where nothing is masked."""
    return sent.dtype == values.dtype and sent.shape == values.shape and np.array_equal(sent, values)


def _sent_in_full(boxes: Sequence[MapBox], large: str | None) -> set[int]:
    """The boxes of one head and the large one, then the smallest first, as far as they fit.

    A box of the whole vocabulary is sent in full only where it is shown large, and of a long sentence not even then.
    """
    opened = {place for place, box in enumerate(boxes) if box.path == large and box.values.nbytes <= LARGE_BYTES}
    chosen = opened | {place for place, box in enumerate(boxes) if _is_of_one_head(box)}
    room = FULL_BYTES - sum(boxes[place].values.nbytes for place in chosen)
    others = {place for place, box in enumerate(boxes) if box.path != large and box.values.shape[1] <= WIDEST} - chosen
    for place in sorted(others, key=lambda place: boxes[place].values.nbytes):
        room -= boxes[place].values.nbytes
        if room < 0:
            break
        chosen.add(place)
    return chosen


def _is_of_one_head(box: MapBox) -> bool:
    return "head" in box.axes and not is_of_all_heads(box)


def _strip(maps: np.ndarray, signed: bool) -> np.ndarray:
    """Small pictures of several maps, all on one scale."""
    small = extremes(np.swapaxes(extremes(np.swapaxes(maps, -1, -2), STRIP_CELLS), -1, -2), STRIP_CELLS)
    return eight_bits(small, *limits(maps, "signed" if signed else "size"))


def _written(cell: tuple[str, tuple[int, ...]] | None) -> str | None:
    return None if cell is None else f"{cell[0]}@{','.join(map(str, cell[1]))}"


def _check_rows(tokens: Sequence[str], boxes: Sequence[MapBox]) -> None:
    for box in boxes:
        if box.values.ndim != 2 or len(box.values) != len(tokens):
            raise ValueError(
                f'The box "{box.path}" has the shape {box.values.shape} for {len(tokens)} tokens; it must be '
                "[token, column]. Take tokens and values from one trace."
            )
