"""How each box of the encoder map travels: which numbers in full, which as a thumbnail, and how wide."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pages.views.map_parts import MapBox, OpenPart
from pages.views.map_wires import is_of_all_heads
from pages.views.thumbnails import eight_bits, extremes, limits

FULL_BYTES = 1_000_000
LARGE_BYTES = 1_100_000
WIDEST = 2_048
THUMBNAIL_COLUMNS = 48
HISTOGRAM_BINS = 32
PLACES = {"d_ff": "unit", "d_head": "dimension", "d_model": "dimension", "vocab": "word"}
WORDS = {"token": "tokens", "query": "tokens", "key": "tokens", "vocab": "vocabulary"}


def sent_in_full(boxes: Sequence[MapBox], large: str | None) -> set[int]:
    """The boxes of one head and the large one, then the smallest first, as far as they fit.

    A box of the whole vocabulary is sent in full only where it is shown large, and of a long sentence not even then.
    """
    opened = {place for place, box in enumerate(boxes) if box.path == large and box.values.nbytes <= LARGE_BYTES}
    chosen = opened | {place for place, box in enumerate(boxes) if is_of_one_head(box)}
    room = FULL_BYTES - sum(boxes[place].values.nbytes for place in chosen)
    others = {place for place, box in enumerate(boxes) if box.path != large and box.values.shape[1] <= WIDEST} - chosen
    for place in sorted(others, key=lambda place: boxes[place].values.nbytes):
        room -= boxes[place].values.nbytes
        if room < 0:
            break
        chosen.add(place)
    return chosen


def is_of_one_head(box: MapBox) -> bool:
    """Whether the box shows the open head alone."""
    return "head" in box.axes and not is_of_all_heads(box)


def drawn(box: MapBox, place: int, in_full: bool, opened: OpenPart, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """Return what the browser is told of one box, and put the box's numbers among the arrays that are sent."""
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
        **_in_words(box),
        "axes": list(box.axes),
        "rows": "query" if box.columns == "key" else "token",
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
        "file": f"{box.path}{f'.head{opened.head}' if is_of_one_head(box) else ''}.csv",
        "array": array,
        "full": in_full,
        "size": list(box.values.shape),
        "width": _width(box),
        "block": -(-n_columns // n_drawn),
        "row": opened.row,
        "rowArray": row_array,
        "low": low,
        "high": high,
        "limit": f"±{high:.3g}" if low else f"0 to {high:.0f}" if high >= 1000 else f"0 to {high:.3g}",
        "signed": box.scale == "signed",
    }


def _in_words(box: MapBox) -> dict[str, Any]:
    """What is said of the box and of the places along its axes; "words" names the list that has a word for a place."""
    part, layer, *_ = [*box.path.split(".", 2), ""]
    return {
        "spoken": f"layer {layer} {box.name}" if part == "layers" else box.name,
        "label": f"{box.name}, {box.symbol}, {box.shape}. {box.meaning}",
        "hint": f"{box.meaning} Click to open it large.",
        "places": [PLACES.get(axis, axis) for axis in box.axes],
        "words": [WORDS.get(axis, "") for axis in box.axes],
    }


def row_height(n_tokens: int) -> int:
    """How many pixels tall each token's row is drawn."""
    return min(max(380 // n_tokens, 3), 16)


def _width(box: MapBox) -> int:
    """How many pixels wide a box is drawn: whole ones a column where there is room, maps of attention nearly square."""
    n_rows, n_columns = box.values.shape
    if box.columns == "key":
        return min(max(row_height(n_rows) * n_columns, 72), 200)
    return 18 if n_columns == 1 else min(n_columns * max(1, round(72 / n_columns)), 128)


def measured(box: MapBox) -> dict[str, Any]:
    """What is said about the large box: its spread, a histogram, and the norm of each token's row."""
    numbers = np.where(np.isfinite(box.values), box.values, np.nan).astype(np.float64)
    spread = {
        "mean": np.nanmean(numbers),
        "std": np.nanstd(numbers),
        "min": np.nanmin(numbers),
        "max": np.nanmax(numbers),
    }
    figures = {name: f"{figure:.4g}".replace("-", "−") for name, figure in spread.items()}
    return {
        "path": box.path,
        "facts": ", ".join(f"{name} {figure}" for name, figure in figures.items()),
        "range": f"Histogram from {figures['min']} to {figures['max']}",
        "bins": np.histogram(numbers[np.isfinite(numbers)], HISTOGRAM_BINS)[0].tolist(),
        "norms": np.sqrt(np.nansum(numbers**2, axis=1)).tolist(),
    }


def _same(sent: np.ndarray, values: np.ndarray) -> bool:
    """Whether these very numbers are sent already, as the scores are where nothing is masked."""
    return sent.dtype == values.dtype and sent.shape == values.shape and np.array_equal(sent, values)
