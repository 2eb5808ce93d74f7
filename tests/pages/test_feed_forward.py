"""The Feed-forward page: every unit, share, length, γ and β on it is the encoder's."""

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from encoder.analysis.unit_activity import strongest_units
from pages.charts.limits import number
from pages.frame.feed_forward_lessons import FEED_FORWARD_LESSONS
from tests.pages.charts_on_screen import chart, charts, numbers, trace_of
from tests.pages.visit import drawn_as_markdown, move, visit

HOSTILE = '<b>the</b> the <a href="https://example.com">the</a> $x$ :red[y] ![z](w) #000001'
SMALL = {"layers": "2", "d_model": "32"}
ALL_CHARTS = {"histogram", "units", "activity", "steps", "vectors", "gamma_beta"}


def choose(app: AppTest, label: str, value: object) -> None:
    controls = [*app.get("button_group"), *app.selectbox]
    next(control for control in controls if control.label == label).set_value(value).run()
    assert not app.exception


def drawn(app: AppTest, key: str) -> np.ndarray:
    return numbers(chart(app, key)["data"][0]["z"])


def test_units_of_each_layer_before_and_after_the_activation_function() -> None:
    app = visit("feed_forward", **SMALL)
    assert charts(app) == ALL_CHARTS
    assert FEED_FORWARD_LESSONS["gelu"].opening in drawn_as_markdown(app)
    trace = trace_of(app)
    np.testing.assert_array_equal(drawn(app, "units"), trace["layers.0.feed_forward.pre_activation"][0])
    choose(app, "Layer", 1)
    choose(app, "Numbers of", "activation")
    np.testing.assert_array_equal(drawn(app, "units"), trace["layers.1.feed_forward.activation"][0])
    counts = [numbers(curve["y"]).sum() for curve in chart(app, "histogram")["data"]]
    assert counts == [trace["layers.1.feed_forward.activation"].numel()] * 2


def test_the_layer_and_the_token_that_are_chosen_come_back_with_what_they_need() -> None:
    app = visit("feed_forward", **{**SMALL, "layers": "3"})
    choose(app, "Layer", 2)
    choose(app, "Token", 5)
    for layers, layer in ((2, 0), (3, 2)):
        move(app, "layers", layers)
        units = trace_of(app)[f"layers.{layer}.feed_forward.pre_activation"][0]
        np.testing.assert_array_equal(drawn(app, "units"), units)
        assert next(control.value for control in app.get("button_group") if control.label == "Layer") == layer
    for sentence, token in (("dogs", 1), ("two dogs run home today", 5)):
        move(app, "sentence", sentence)
        assert next(box.value for box in app.selectbox if box.label == "Token") == token
        expected = strongest_units(trace_of(app), layer=2, token=token)
        assert list(app.dataframe[0].value["unit"]) == expected.units.tolist()


def test_the_share_of_active_units_is_drawn_for_every_layer() -> None:
    app = visit("feed_forward", **SMALL)
    trace = trace_of(app)
    layers = [trace[f"layers.{layer}.feed_forward.pre_activation"][0] for layer in (0, 1)]
    expected = torch.stack([(layer > 0).float().mean(dim=-1) for layer in layers], dim=1)
    np.testing.assert_allclose(drawn(app, "activity"), expected, rtol=1e-6)


def test_the_strongest_units_are_those_of_the_chosen_token() -> None:
    app = visit("feed_forward", **SMALL)
    choose(app, "Token", 4)
    expected = strongest_units(trace_of(app), layer=0, token=4)
    assert list(app.dataframe[0].value["unit"]) == expected.units.tolist()
    np.testing.assert_array_equal(app.dataframe[0].value["activation"], expected.activation)


@pytest.mark.parametrize("norm", ["post", "pre"])
def test_a_layer_norm_is_shown_step_by_step(norm: str) -> None:
    app = visit("feed_forward", norm=norm, **SMALL)
    trace = trace_of(app)
    path = "layers.1.feed_forward_norm"
    before = "layers.1.feed_forward_residual" if norm == "post" else "layers.1.attention_residual"
    choose(app, "Which LayerNorm", path)
    choose(app, "Follow a token", 3)
    np.testing.assert_array_equal(drawn(app, "vectors"), trace[before][0])
    vectors = [trace[before][0], trace[before][0] - trace[f"{path}.mean"][0, :, None]]
    vectors += [trace[f"{path}.normalized"][0], trace[f"{path}.output"][0]]
    lengths = [float(vector[3].norm()) for vector in vectors]
    np.testing.assert_allclose(numbers(chart(app, "steps")["data"][1]["y"]), lengths, rtol=1e-5)
    off_sphere = (trace[f"{path}.normalized"].norm(dim=-1) - 32**0.5).abs().max()
    assert [metric.value for metric in app.metric] == [number(float(off_sphere))]
    np.testing.assert_array_equal(app.dataframe[1].value["std"], trace[f"{path}.std"][0])
    choose(app, "Vectors", "LN(x)")
    np.testing.assert_array_equal(drawn(app, "vectors"), trace[f"{path}.output"][0])
    gamma, beta = chart(app, "gamma_beta")["data"]
    np.testing.assert_array_equal(numbers(gamma["y"]), np.ones(32))
    np.testing.assert_array_equal(numbers(beta["y"]), np.zeros(32))


def test_every_control_of_the_frame_moves_the_page() -> None:
    app = visit("feed_forward", **SMALL)
    choose(app, "Layer", 1)
    choose(app, "Which LayerNorm", "layers.1.feed_forward_norm")
    for name, value in (("layers", 1), ("heads", 7), ("d_model", 48), ("seed", 5), ("norm", "pre")):
        move(app, name, value)
        expected = trace_of(app)["layers.0.feed_forward.pre_activation"][0]
        np.testing.assert_array_equal(drawn(app, "units"), expected)


def test_hostile_words_are_labels_and_nothing_else() -> None:
    app = visit("feed_forward", sentence=HOSTILE, **SMALL)
    for key in ALL_CHARTS:
        on_chart = str(chart(app, key) | {"alt": ""}).replace("<br>", "").replace("<extra></extra>", "")
        assert "<" not in on_chart, key
    assert "example" not in drawn_as_markdown(app)
