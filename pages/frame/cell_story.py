"""The exact story of the one pinned cell of the encoder map, parameters included, as the browser is told it."""

from typing import Any

import torch

from encoder import Trace, describe, explain
from encoder.analysis.provenance import Cells, Explanation
from encoder.operations.notation import number
from pages.frame.map_choice import CellPlace


def cell_story(trace: Trace, cell: CellPlace) -> dict[str, Any]:
    """Return the cell's line of arithmetic, and for each of its sources the words and where to walk on to."""
    path, index = cell
    story = explain(trace, path, index)
    return {
        "path": path,
        "index": list(index),
        "text": str(story).partition(" = ")[2],
        "sources": [
            {
                "path": source.path,
                **_way(source, story),
            }
            for source in story.sources
        ],
    }


def _way(source: Cells, story: Explanation) -> dict[str, Any]:
    """The source in words, and its one cell to walk on to: of a sum the strongest term, else the cell's own place."""
    count = source.values.numel()
    if source.is_parameter:
        return {"words": f"{source.name} = {number(source.values)}" if count == 1 else source.name, "next": None}
    own = dict(zip(describe(story.path).axes, story.index, strict=True)) if story.terms is None else {}
    largest = iter(_largest(source, story))
    places = []
    words = f"{source.name} = {number(source.values)}" if count == 1 else f"{source.name}, strongest of {count}"
    for axis, at in zip(describe(source.path).axes, source.index, strict=True):
        if isinstance(at, slice):
            strongest = next(largest)
            if axis in own:
                words = f"{source.name}, its own of {count}"
            places.append(own.get(axis, strongest))
        else:
            places.append(at)
    return {"words": words, "next": places}


def _largest(source: Cells, story: Explanation) -> list[int]:
    """Where among these cells the term of the sum is largest, whatever its sign."""
    terms = story.terms if story.terms is not None and story.terms.shape == source.values.shape else source.values
    place = torch.unravel_index(terms.abs().argmax(), terms.shape)
    return [int(at) for at in place]
