"""The Residual stream page: every length, size, cosine, mean and std on it is the encoder's."""

import numpy as np
import pytest
import torch
from torch.nn.functional import cosine_similarity

from encoder.analysis import residual_sites, update_paths
from pages.frame.residual_lessons import RESIDUAL_LESSONS
from pages.frame.site_names import site_name
from tests.pages.charts_on_screen import chart, charts, numbers, trace_of
from tests.pages.visit import drawn_as_markdown, move, visit

HOSTILE = '<b>the</b> the <a href="https://example.com">the</a> $x$ :red[y] ![z](w) #000001'
ALL_CHARTS = {"lines", "map_‖x‖", "map_‖u‖", "map_cosine", "map_mean", "map_std"}
SMALL = {"layers": "2", "d_model": "32"}
BOTH = pytest.mark.parametrize("norm", ["post", "pre"])


@BOTH
def test_lines_and_map_show_the_length_at_every_site(norm: str) -> None:
    app = visit("residual", norm=norm, **SMALL)
    assert not app.exception
    assert charts(app) == ALL_CHARTS
    trace = trace_of(app)
    sites = residual_sites(trace.config)
    expected = torch.stack([trace[site][0].norm(dim=-1) for site in sites], dim=1)
    np.testing.assert_allclose(numbers(chart(app, "map_‖x‖")["data"][0]["z"]), expected, rtol=1e-6)
    lines = numbers(chart(app, "lines")["data"][0]["y"]).reshape(expected.shape[0], -1)
    np.testing.assert_allclose(lines[:, :-1], expected, rtol=1e-6)
    assert chart(app, "lines")["layout"]["xaxis"]["ticktext"] == [site_name(site) for site in sites]


@BOTH
def test_every_update_has_its_size_and_its_cosine_with_the_stream(norm: str) -> None:
    app = visit("residual", norm=norm, **SMALL)
    trace = trace_of(app)
    pairs = [(trace[update][0], trace[stream][0]) for update, stream in update_paths(trace.config)]
    sizes = torch.stack([update.norm(dim=-1) for update, _ in pairs], dim=1)
    cosines = torch.stack([cosine_similarity(update, stream, dim=-1) for update, stream in pairs], dim=1)
    np.testing.assert_allclose(numbers(chart(app, "map_‖u‖")["data"][0]["z"]), sizes, rtol=1e-6)
    np.testing.assert_allclose(numbers(chart(app, "map_cosine")["data"][0]["z"]), cosines, atol=1e-6)


@BOTH
def test_every_layer_norm_shows_its_mean_and_std(norm: str) -> None:
    app = visit("residual", norm=norm, **SMALL)
    trace = trace_of(app)
    for name in ("mean", "std"):
        paths = [path for path in trace.paths if path.endswith(f"norm.{name}")]
        assert len(paths) == (4 if norm == "post" else 5)
        expected = torch.stack([trace[path][0] for path in paths], dim=1)
        np.testing.assert_array_equal(numbers(chart(app, f"map_{name}")["data"][0]["z"]), expected)


def test_the_followed_token_is_the_strong_line() -> None:
    app = visit("residual", **SMALL)
    app.selectbox[0].set_value(4).run()
    assert not app.exception
    everyone, followed = chart(app, "lines")["data"]
    norms = numbers(everyone["y"]).reshape(-1, len(numbers(followed["y"])) + 1)
    np.testing.assert_array_equal(numbers(followed["y"]), norms[4, :-1])
    assert chart(app, "lines")["alt"].startswith("‖x‖ of token 4, ")


def test_rescaling_moves_the_lower_end_of_the_colours_and_no_number() -> None:
    app = visit("residual", **SMALL)
    before = chart(app, "map_‖x‖")["data"][0]
    app.toggle(key="rescale").set_value(True).run()
    after = chart(app, "map_‖x‖")["data"][0]
    assert (before["zmin"], after["zmin"]) == (0.0, pytest.approx(numbers(before["z"]).min()))
    np.testing.assert_array_equal(numbers(before["z"]), numbers(after["z"]))


def test_each_placement_of_layer_norm_has_its_own_story() -> None:
    app = visit("residual", **SMALL)
    assert RESIDUAL_LESSONS["post"].opening in drawn_as_markdown(app)
    move(app, "norm", "pre")
    assert RESIDUAL_LESSONS["pre"].opening in drawn_as_markdown(app)
    assert RESIDUAL_LESSONS["post"].opening not in drawn_as_markdown(app)


def test_with_random_weights_post_norm_lines_meet_on_the_sphere_as_the_page_says() -> None:
    app = visit("residual", d_model="64", layers="2")
    trace = trace_of(app)
    lengths = torch.stack([trace[f"layers.{layer}.feed_forward_norm.output"].norm(dim=-1) for layer in (0, 1)])
    torch.testing.assert_close(lengths, torch.full_like(lengths, 8.0), rtol=1e-3, atol=0)
    assert "8.00 right after a LayerNorm" in drawn_as_markdown(app)


@pytest.mark.parametrize(
    ("name", "value"), [("layers", 3), ("heads", 7), ("d_model", 48), ("seed", 5), ("norm", "pre")]
)
def test_every_control_of_the_frame_moves_the_page(name: str, value: object) -> None:
    app = move(visit("residual", **SMALL), name, value)
    trace = trace_of(app)
    expected = torch.stack([trace[site][0].norm(dim=-1) for site in residual_sites(trace.config)], dim=1)
    np.testing.assert_allclose(numbers(chart(app, "map_‖x‖")["data"][0]["z"]), expected, rtol=1e-6)


def test_hostile_words_are_labels_and_nothing_else() -> None:
    app = visit("residual", sentence=HOSTILE, **SMALL)
    assert not app.exception
    for key in ALL_CHARTS:
        drawn = str(chart(app, key) | {"alt": ""}).replace("<br>", "").replace("<extra></extra>", "")
        assert "<" not in drawn, key
    labels = chart(app, "map_‖x‖")["layout"]["yaxis"]["ticktext"]
    assert len(set(labels)) == len(labels)
    assert sum(label.endswith("· the") for label in labels) == 3
    assert "example" not in drawn_as_markdown(app)
