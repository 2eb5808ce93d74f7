"""Interventions: what to change at which place of a forward pass, as values that can be compared and kept.

One kind of edit a file; `Edits` holds all those of one pass.
"""

from encoder.edits.edit import Edit
from encoder.edits.edits import NO_EDITS, UNEDITED, Edits, PartEdits
from encoder.edits.patch_token import PatchToken
from encoder.edits.remove_edge import RemoveEdge
from encoder.edits.replace import Replace
from encoder.edits.scale_feed_forward import ScaleFeedForward
from encoder.edits.scale_head import ScaleHead
from encoder.edits.uniform_head import UniformHead

__all__ = [
    "NO_EDITS",
    "UNEDITED",
    "Edit",
    "Edits",
    "PartEdits",
    "PatchToken",
    "RemoveEdge",
    "Replace",
    "ScaleFeedForward",
    "ScaleHead",
    "UniformHead",
]
