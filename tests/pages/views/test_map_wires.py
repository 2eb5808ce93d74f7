"""The encoder map's wires and arrows together are what the encoder itself says its numbers are made from."""

from itertools import pairwise

import pytest

from encoder import explain
from pages.frame.encoder_boxes import stages
from pages.views.map_wires import LANES, follows_its_source, wires
from tests.browser.apps.small_traces import EXAMPLES

Edge = tuple[str, str]


def drawn(example: str, layer: int) -> tuple[list[str], list[Edge], list[Edge]]:
    """The paths of the boxes, and from which to which a wire and an arrow leads."""
    shown = stages(EXAMPLES[example].trace(), layer, 1)
    paths = [box.path for stage in shown for box in stage.boxes]
    arrows = [edge for edge, follows in zip(pairwise(paths), follows_its_source(shown)[1:], strict=True) if follows]
    return paths, [(paths[wire["from"]], paths[wire["to"]]) for wire in wires(shown)], arrows


@pytest.mark.parametrize("layer", [0, 1])
@pytest.mark.parametrize("example", ["plain", "pre", "predicting"])
def test_wires_and_arrows_are_the_encoder_s_own_account(example: str, layer: int) -> None:
    paths, lines, arrows = drawn(example, layer)
    trace = EXAMPLES[example].trace()
    made_from = {
        (source.path, path)
        for path in paths
        for source in explain(trace, path, (0,) * trace[path].ndim).sources
        if source.path in paths
    }
    context = f"layers.{layer}.attention.context"
    assert {*lines, *arrows} == {*made_from, (context, context)}  # from the open head's box to that of all heads
    assert len({*lines, *arrows}) == len(lines) + len(arrows)


@pytest.mark.parametrize(
    ("example", "skips"),
    [
        ("plain", [("sum", "attention_residual"), ("attention_norm.output", "feed_forward_residual")]),
        ("pre", [("sum", "attention_residual"), ("attention_residual", "feed_forward_residual")]),
    ],
)
def test_the_stream_skips_each_sublayer_in_its_own_order(example: str, skips: list[Edge]) -> None:
    shown = stages(EXAMPLES[example].trace(), 0, 0)
    paths = [box.path for stage in shown for box in stage.boxes]
    found = [(paths[wire["from"]], paths[wire["to"]]) for wire in wires(shown) if wire["skip"]]
    names = [tuple(path.removeprefix("embedding.").removeprefix("layers.0.") for path in edge) for edge in found]
    assert names == skips


def test_sources_that_stand_near_each_other_have_lanes_of_their_own() -> None:
    lanes = {wire["from"]: wire["lane"] for wire in wires(stages(EXAMPLES["plain"].trace(), 0, 0))}
    in_order = [lanes[start] for start in sorted(lanes)]
    assert all(len(set(in_order[place : place + 3])) == 3 for place in range(len(in_order) - 2))
    assert len(set(in_order)) == LANES
