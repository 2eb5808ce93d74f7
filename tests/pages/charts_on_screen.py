"""What stands on a page in Plotly charts: their numbers and texts, by the chart's key."""

import base64
import json
from typing import Any

import numpy as np
import torch
from streamlit.testing.v1 import AppTest

from encoder import Encoder, Trace
from encoder.tokenizer import Tokenizer
from pages.frame.forward_pass import encoder_config
from tests.pages.visit import settings_on_screen


def chart(app: AppTest, key: str) -> dict[str, Any]:
    """Return the specification of the chart with this key, as the browser gets it, and its alternative text."""
    (proto,) = [element.proto for element in app.get("plotly_chart") if element.proto.id.endswith(f"-{key}")]
    return {**json.loads(proto.spec), "alt": proto.alt}


def charts(app: AppTest) -> set[str]:
    """Return the keys of all charts on the page."""
    return {element.proto.id.rpartition("-")[2] for element in app.get("plotly_chart")}


def numbers(encoded: dict[str, str]) -> np.ndarray:
    """Read an array that travels as bytes."""
    values = np.frombuffer(base64.b64decode(encoded["bdata"]), encoded["dtype"])
    return values.reshape([int(size) for size in encoded.get("shape", str(len(values))).split(",")])


def trace_of(app: AppTest) -> Trace:
    """Read the same sentence with the same settings straight with the encoder, without the app."""
    settings = settings_on_screen(app)
    token_ids = torch.tensor([Tokenizer.load().encode(settings.sentence).ids])
    with torch.no_grad():
        trace: Trace = Encoder(encoder_config(settings))(token_ids)
    return trace
