"""Edits as JSON and arrays, so that an edited pass can be kept in a file and run again."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from encoder.edits import Edit, Edits, PatchToken, RemoveEdge, Replace, ScaleFeedForward, ScaleHead, UniformHead

KINDS = (ScaleHead, UniformHead, RemoveEdge, ScaleFeedForward, Replace, PatchToken)


def edit_records(edits: Edits) -> tuple[list[dict[str, Any]], dict[str, np.ndarray]]:
    """Return one record per edit, and the arrays that the records name.

    Raises ValueError for a kind of edit that no record is known for.
    """
    records: list[dict[str, Any]] = []
    arrays: dict[str, np.ndarray] = {}
    facts: dict[str, Any]
    for at, edit in enumerate(edits.edits):
        match edit:
            case ScaleHead(layer, head, factor):
                facts = {"layer": layer, "head": head, "factor": float(factor)}
            case UniformHead(layer, head):
                facts = {"layer": layer, "head": head}
            case RemoveEdge(layer, head, query, key, renormalize):
                facts = {"layer": layer, "head": head, "query": query, "key": key, "renormalize": renormalize}
            case ScaleFeedForward(layer, factor):
                facts = {"layer": layer, "factor": float(factor)}
            case Replace(path, tensor):
                arrays[f"edits/{at}"] = tensor.detach().cpu().numpy()
                facts = {"path": path, "array": f"edits/{at}"}
            case PatchToken(path, token, tensor):
                arrays[f"edits/{at}"] = tensor.detach().cpu().numpy()
                facts = {"path": path, "token": token, "array": f"edits/{at}"}
            case _:
                *others, last = (kind.__name__ for kind in KINDS)
                raise ValueError(
                    f"An edit of the kind {type(edit).__name__} cannot be written; {', '.join(others)} and {last} can. "
                    "Leave it out, or replace the tensor that it makes."
                )
        records.append({"kind": type(edit).__name__, **facts})
    return records, arrays


def edits_from(records: Sequence[Any], arrays: Mapping[str, np.ndarray]) -> Edits:
    """Make the edits again from what `edit_records` returned; anything else raises ValueError."""
    return Edits(tuple(_edit(record, arrays) for record in records))


def _edit(record: Any, arrays: Mapping[str, np.ndarray]) -> Edit:
    match record:
        case {"kind": "ScaleHead", "layer": int(layer), "head": int(head), "factor": float(factor)}:
            return ScaleHead(layer, head, factor)
        case {"kind": "UniformHead", "layer": int(layer), "head": int(head)}:
            return UniformHead(layer, head)
        case {
            "kind": "RemoveEdge",
            "layer": int(layer),
            "head": int(head),
            "query": int(query),
            "key": int(key),
            "renormalize": bool(renormalize),
        }:
            return RemoveEdge(layer, head, query, key, renormalize)
        case {"kind": "ScaleFeedForward", "layer": int(layer), "factor": float(factor)}:
            return ScaleFeedForward(layer, factor)
        case {"kind": "Replace", "path": str(path), "array": str(name)} if name in arrays:
            return Replace(path, torch.from_numpy(arrays[name].copy()))
        case {"kind": "PatchToken", "path": str(path), "token": int(token), "array": str(name)} if name in arrays:
            return PatchToken(path, token, torch.from_numpy(arrays[name].copy()))
    raise ValueError(f"{record!r} is no record of an edit.")
