"""What a visitor has open on the encoder map: a layer, a head, one pinned cell, one box shown large."""

from collections.abc import Mapping
from dataclasses import dataclass

from encoder import Trace, describe
from pages.frame.encoder_boxes import shown_paths

CellPlace = tuple[str, tuple[int, ...]]


@dataclass(frozen=True)
class MapChoice:
    """The open layer and head, the path and index of the pinned cell, and the path of the box that is shown large.

    `near` is the token that the visitor rests on, where she waits for exact numbers.
    """

    layer: int = 0
    head: int = 0
    cell: CellPlace | None = None
    large: str | None = None
    near: int | None = None

    @property
    def row(self) -> int | None:
        """The token whose numbers are wanted in full: the one rested on, or that of the pinned cell."""
        if self.near is not None or self.cell is None:
            return self.near
        path, index = self.cell
        places = dict(zip(describe(path).axes, index, strict=True))
        return places["query"] if "query" in places else places["token"]


def map_choice(trace: Trace, asked: Mapping[str, object]) -> MapChoice:
    """Return the choice that comes nearest to what was asked for, by the browser or by a link.

    A cell is written as in "layers.0.attention.weights@0,2,3,5". It opens its own layer and head; one that this trace
    has not is left out.
    """
    layer = _whole(asked.get("layer"), trace.config.n_layers)
    head = _whole(asked.get("head"), trace.config.n_heads)
    cell = _cell(trace, asked.get("cell"))
    if cell is not None:
        path, index = cell
        if path not in shown_paths(trace, layer):
            layer = int(path.split(".")[1]) if path.startswith("layers.") else trace.config.n_layers - 1
        if "head" in describe(path).axes:
            head = index[1]
    large = str(asked.get("large"))
    near = _whole(asked["near"], trace.token_ids.shape[1]) if "near" in asked else None
    return MapChoice(layer, head, cell, large if large in shown_paths(trace, layer) else None, near)


def _whole(text: object, count: int) -> int:
    number = str(text)[:9]
    return min(int(number), count - 1) if number.isdecimal() and number.isascii() else 0


def _cell(trace: Trace, text: object) -> CellPlace | None:
    path, _, places = str(text)[:200].partition("@")
    if path not in trace.paths:
        return None
    shape, index = trace[path].shape, tuple(places.split(","))
    if len(index) != len(shape) or not all(place.isdecimal() and place.isascii() for place in index):
        return None
    numbers = tuple(int(place) for place in index)
    return (path, numbers) if all(at < size for at, size in zip(numbers, shape, strict=True)) else None
