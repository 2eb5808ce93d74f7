"""Edits as JSON and arrays, so that an edited pass can be kept in a file and run again."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from encoder.edits import Edits, Replace, ScaleHead

SCALE_HEAD, REPLACE = "ScaleHead", "Replace"


def edit_records(edits: Edits) -> tuple[list[dict[str, Any]], dict[str, np.ndarray]]:
    """Return one record per edit, and the arrays that the records name.

    Raises ValueError for a kind of edit that no record is known for.
    """
    records: list[dict[str, Any]] = []
    arrays: dict[str, np.ndarray] = {}
    for at, edit in enumerate(edits.edits):
        match edit:
            case ScaleHead(layer, head, factor):
                records.append({"kind": SCALE_HEAD, "layer": layer, "head": head, "factor": float(factor)})
            case Replace():
                arrays[f"edits/{at}"] = edit.tensor.detach().cpu().numpy()
                records.append({"kind": REPLACE, "path": edit.path, "array": f"edits/{at}"})
            case _:
                raise ValueError(
                    f"An edit of the kind {type(edit).__name__} cannot be written; {SCALE_HEAD} and {REPLACE} can. "
                    "Leave it out, or replace the tensor that it makes."
                )
    return records, arrays


def edits_from(records: Sequence[Any], arrays: Mapping[str, np.ndarray]) -> Edits:
    """Make the edits again from what `edit_records` returned; anything else raises ValueError."""
    edits: list[ScaleHead | Replace] = []
    for record in records:
        match record:
            case {"kind": "ScaleHead", "layer": int(layer), "head": int(head), "factor": float(factor)}:
                edits.append(ScaleHead(layer, head, factor))
            case {"kind": "Replace", "path": str(path), "array": str(name)} if name in arrays:
                edits.append(Replace(path, torch.from_numpy(arrays[name].copy())))
            case _:
                raise ValueError(f"{record!r} is no record of an edit.")
    return Edits(tuple(edits))
