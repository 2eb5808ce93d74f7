"""The encoder map shows every tensor of one layer and head as a box, and for each number where it came from.

Pointing is answered in the browser, from the recorded numbers and a table of which cells make which. The server is
asked for another layer or head, for the exact story of one pinned cell, and for a row of numbers that did not fit.
"""

import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from pages.views.map_boxes import drawn, is_of_one_head, measured, row_height, sent_in_full
from pages.views.map_memory import is_attention_newer, map_is_drawn, place_of_map
from pages.views.map_parts import MapBox, MapStage, OpenPart
from pages.views.map_wires import follows_its_source, wires
from pages.views.payload import pack
from pages.views.standalone import standalone
from pages.views.thumbnails import eight_bits, extremes, limits
from pages.views.view_code import view_code

ASKS_THE_SERVER = (
    ".strips, .walk, .asking, [data-part=close], .brief::after { display: none; } .box .name { pointer-events: none; }"
)
STRIP_CELLS = 32
KEY = "encoder_map"
OWN_PARAMETERS = {"layer", "head", "cell", "large", "near"}

CODE = view_code("encoder_map", "address", "view", "colours", "fading")
_COMPONENT = st.components.v2.component("encoder_map", html=CODE.html, css=CODE.css, js=CODE.js)


def asked_of_map() -> Mapping[str, object] | None:
    """Return what to open: what the browser asks for, else the link, else what was open when the page was left.

    None if attention was looked at since then: the browser may ask for the weight that was seen last, and does not know
    yet that it can.
    """
    asked, place = st.session_state.get(KEY, {}).get("asked"), place_of_map()
    opened: Mapping[str, object]
    if isinstance(asked, Mapping):
        opened = {**place, **asked}
    elif not OWN_PARAMETERS.isdisjoint(st.query_params):
        opened = st.query_params.to_dict()
    elif is_attention_newer():
        return None
    else:
        opened = place
    map_is_drawn(opened)
    return opened


def encoder_map(payload: bytes) -> None:
    """Draw the encoder from the tokens to the output of the open layer.

    Args:
        payload: what `encoder_map_payload` made; without any the browser is asked what to open.
    """
    _COMPONENT(data=payload, key=KEY, on_asked_change=lambda: None)


def encoder_map_file(title: str, tokens: Sequence[str], *, opened: OpenPart, **contents: Any) -> str:
    """Return the same map as a file of its own, with every number in full."""
    note = (
        f"Layer {opened.layer} and head {opened.head} are in this file, with every number in full. What the app "
        "computes for a click, such as another layer, stands in the app only."
    )
    payload = encoder_map_payload(tokens, opened=opened, **contents, everything=True)
    return standalone(title, note, CODE, payload, css=ASKS_THE_SERVER)


def encoder_map_payload(
    tokens: Sequence[str],
    *,
    stages: Sequence[MapStage],
    opened: OpenPart,
    layers: np.ndarray,
    heads: np.ndarray,
    story: Mapping[str, Any] | None,
    vocabulary: Sequence[str] = (),
    everything: bool = False,
) -> bytes:
    """Pack what the map draws: numbers in full as far as they fit, and of larger tensors an 8-bit thumbnail.

    Of such a tensor the row that `opened` names is sent in full besides. The header holds the table of the wiring.

    Args:
        tokens: the pieces of the sentence; a token is known by its position, never by its text.
        stages: the boxes in the order of computation.
        opened: what is open.
        layers: float32 [layer, token, d_model], what leaves each layer.
        heads: float32 [head, query, key], the weights of every head of the open layer.
        story: the arithmetic of the pinned cell, or None.
        vocabulary: every word of the vocabulary, where a box has a column for each.
        everything: pack all numbers in full, however many they are.

    Raises:
        ValueError: if a box has not one row per token.
    """
    boxes = [box for stage in stages for box in stage.boxes]
    _check_rows(tokens, boxes)
    in_full = set(range(len(boxes))) if everything else sent_in_full(boxes, opened.large)
    arrays: dict[str, np.ndarray] = {}
    told = [drawn(box, place, place in in_full, opened, arrays) for place, box in enumerate(boxes)]
    arrays["layers"] = _strip(layers, signed=True)
    arrays["heads"] = _strip(heads, signed=False)
    counts = iter(range(len(boxes)))
    header = {
        "tokens": list(tokens),
        "vocabulary": list(vocabulary),
        "boxes": [{**box, "made": made} for box, made in zip(told, follows_its_source(stages), strict=True)],
        "stages": [{"title": stage.title, "boxes": [next(counts) for _ in stage.boxes]} for stage in stages],
        "wires": wires(stages),
        "row": row_height(len(tokens)),
        "headWidth": next(box.values.shape[1] for box in boxes if is_of_one_head(box)),
        "layer": opened.layer,
        "head": opened.head,
        "cell": _written(opened.cell),
        "large": next((measured(box) for box in boxes if box.path == opened.large), None),
        "story": story,
    }
    digest = zlib.crc32(json.dumps(header).encode())
    for array in arrays.values():
        digest = zlib.crc32(np.ascontiguousarray(array).data, digest)
    return pack({**header, "digest": f"{digest:08x}"}, arrays)


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
