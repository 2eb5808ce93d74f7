"""An instrumented transformer encoder: its forward pass returns every tensor that it computed."""

from encoder.config import LIMITS, EncoderConfig, Limits
from encoder.edits import NO_EDITS, Edit, Edits, Replace, ScaleHead
from encoder.model import Encoder
from encoder.trace import TensorMeaning, Trace, describe, trace_paths

__all__ = [
    "LIMITS",
    "NO_EDITS",
    "Edit",
    "Edits",
    "Encoder",
    "EncoderConfig",
    "Limits",
    "Replace",
    "ScaleHead",
    "TensorMeaning",
    "Trace",
    "describe",
    "trace_paths",
]
