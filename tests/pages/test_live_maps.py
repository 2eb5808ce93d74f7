"""The Live page's two small maps: every number on them is the encoder's, and no Plotly stands beside them."""

from typing import Any

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from encoder.analysis import residual_sites
from tests.pages.charts_on_screen import trace_of
from tests.pages.payloads import split, unpack
from tests.pages.visit import drawn_as_markdown, move, visit


def token_maps(app: AppTest) -> list[tuple[dict[str, Any], np.ndarray]]:
    """Read what the token maps were given, from left to right."""
    header, arrays = unpack(split(app.get("bidi_component")[0].proto.bytes, 2)[1])
    return [(shown, arrays[str(place)]) for place, shown in enumerate(header["maps"])]


def test_the_maps_show_the_position_encoding_and_the_length_at_every_site() -> None:
    app = visit(d_model="32", norm="pre", layers="2")
    trace = trace_of(app)
    (position, encoding), (residual, lengths) = token_maps(app)
    np.testing.assert_array_equal(encoding, trace["embedding.position"])
    expected = torch.stack([trace[site][0].norm(dim=-1) for site in residual_sites(trace.config)], dim=1)
    np.testing.assert_allclose(lengths, expected, rtol=1e-6)
    assert position["tokens"] == residual["tokens"]
    assert residual["columns"][1] == "layer 0, after attention was added"
    assert residual["ticks"] == [[0, "x₀"], [1, "layer 0"], [3, "layer 1"], [5, "LN"]]


@pytest.mark.parametrize(
    ("name", "value"), [("layers", 1), ("heads", 7), ("d_model", 48), ("seed", 5), ("norm", "pre")]
)
def test_every_control_moves_both_maps(name: str, value: object) -> None:
    app = visit(d_model="32", positions="learned")
    before = token_maps(app)[1][1]
    move(app, name, value)
    trace = trace_of(app)
    (_, encoding), (_, lengths) = token_maps(app)
    np.testing.assert_array_equal(encoding, trace["embedding.position"])
    expected = torch.stack([trace[site][0].norm(dim=-1) for site in residual_sites(trace.config)], dim=1)
    np.testing.assert_allclose(lengths, expected, rtol=1e-6)
    assert not np.array_equal(lengths, before)


def test_without_positions_the_page_says_that_the_order_is_lost() -> None:
    app = visit(positions="none", d_model="32")
    assert len(token_maps(app)) == 1
    assert "the order of the words is lost" in drawn_as_markdown(app)


def test_no_plotly_stands_on_the_landing_page() -> None:
    assert not visit(d_model="32").get("plotly_chart")
