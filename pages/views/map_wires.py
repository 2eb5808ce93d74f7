"""The wires of the encoder map: which box is made from which, as lines in lanes that keep the sources apart."""

from collections.abc import Iterator, Sequence
from typing import Any

from pages.views.map_parts import MapBox, MapStage

LANES = 6
LANE_PIXELS = 3


def wires(stages: Sequence[MapStage]) -> list[dict[str, Any]]:
    """Return every wire by the places of its two boxes; none leads to the next box of a stage: an arrow stands there.

    A skip connection carries the residual stream past a sublayer. All wires of one source run in one lane, and nearly
    all sources of a layer have one to themselves.
    """
    boxes = [box for stage in stages for box in stage.boxes]
    follows = follows_its_source(stages)
    lanes: dict[int, int] = {}
    found = []
    for end, box in enumerate(boxes):
        for path, is_skip in _sources(box):
            start = _place_of(path, boxes, end)
            if start is not None and not (follows[end] and start == end - 1):
                lane = lanes.setdefault(start, len(lanes)) % LANES
                found.append({"from": start, "to": end, "lane": 2 + LANE_PIXELS * lane, "skip": is_skip})
    return found


def follows_its_source(stages: Sequence[MapStage]) -> list[bool]:
    """Whether each box, stage by stage, stands right behind a box of its stage that it is made from."""
    return [
        place > 0 and stage.boxes[place - 1].path in {path for path, _ in _sources(box)}
        for stage in stages
        for place, box in enumerate(stage.boxes)
    ]


def _sources(box: MapBox) -> Iterator[tuple[str, bool]]:
    if is_of_all_heads(box):
        yield box.path, False  # the box of the one open head
        return
    for source in box.sources:
        yield source.path, source.field == "x" and box.path.endswith("_residual")


def _place_of(path: str, boxes: Sequence[MapBox], end: int) -> int | None:
    """Where the box of this path stands; of a tensor that stands twice, the one of all heads."""
    return max((place for place, box in enumerate(boxes) if box.path == path and place != end), default=None)


def is_of_all_heads(box: MapBox) -> bool:
    """Whether the box shows the same tensor of all heads, side by side."""
    return box.columns == "head d_head"
