"""The From scratch page: the code that ran, its numbers, and the engines' agreement, all of this sentence."""

import pytest
from streamlit.testing.v1 import AppTest

from encoder.analysis.engine_agreement import engine_agreement
from encoder.operations.notation import number as four_digits
from pages.charts.limits import number
from pages.frame.scratch_steps import scratch_steps
from tests.pages.charts_on_screen import trace_of
from tests.pages.visit import drawn_as_markdown, move, visit

HOSTILE = '<b>the</b> the <a href="https://example.com">the</a> $x$ :red[y] ![z](w) #000001'
SMALL = {"layers": "2", "d_model": "32"}


def choose(app: AppTest, label: str, value: object) -> None:
    controls = [*app.get("button_group"), *app.selectbox]
    next(control for control in controls if control.label == label).set_value(value).run()
    assert not app.exception


def rows(app: AppTest) -> dict[str, dict[str, object]]:
    return {row["path"]: row for table in app.dataframe for row in table.value.to_dict("records")}


@pytest.mark.parametrize("norm", ["post", "pre"])
def test_code_numbers_and_differences_are_those_of_the_pass(norm: str) -> None:
    app = visit("from_scratch", norm=norm, **SMALL)
    choose(app, "Layer", 1)
    choose(app, "Numbers of token", 3)
    trace = trace_of(app)
    code = [text for step in scratch_steps(trace, 1) for text in (step.numpy_code, step.torch_code) if text]
    assert [block.value for block in app.code] == code
    shown = rows(app)
    assert list(shown) == [path for path in trace.paths if not path.startswith("layers.0.")]
    path = "layers.1.attention.weights"
    weights = trace[path][0, 0, 3, :4].tolist()
    assert shown[path]["numbers"] == ", ".join(map(four_digits, weights)) + ", …"
    assert shown[path]["difference"] == pytest.approx(engine_agreement(trace).differences[path], abs=1e-6)


@pytest.mark.parametrize(("engine", "part"), [("NumPy", "numpy_code"), ("torch", "torch_code")])
def test_one_engine_s_code_can_be_read_alone(engine: str, part: str) -> None:
    app = visit("from_scratch", **SMALL)
    choose(app, "Code", engine)
    assert [block.value for block in app.code] == [
        getattr(step, part) for step in scratch_steps(trace_of(app), 0) if getattr(step, part)
    ]


def test_the_badges_are_the_differences_computed_now() -> None:
    app = visit("from_scratch", **SMALL)
    agreement = engine_agreement(trace_of(app))
    assert agreement.to_torch is not None
    assert [metric.value for metric in app.metric] == [number(agreement.to_numpy), number(agreement.to_torch)]
    assert any(number(agreement.largest_number) in caption.value for caption in app.caption)
    assert max(agreement.to_numpy, agreement.to_torch) < 1e-5


def test_where_torch_has_no_such_encoder_the_page_says_so() -> None:
    app = visit("from_scratch", heads="7", **SMALL)
    assert len(app.metric) == 1
    assert app.info[0].value.startswith("Here n_heads · d_head is 7 · 4 and d_model is 32. torch.nn.TransformerEncoder")


def test_every_control_of_the_frame_moves_the_page() -> None:
    app = visit("from_scratch", **SMALL)
    choose(app, "Layer", 1)
    for name, value in (("layers", 1), ("d_model", 48), ("seed", 5), ("positions", "learned"), ("norm", "pre")):
        move(app, name, value)
        first = trace_of(app)["layers.0.attention.output"][0, 1, :4].tolist()
        assert rows(app)["layers.0.attention.output"]["numbers"] == ", ".join(map(four_digits, first)) + ", …"


def test_hostile_words_are_nowhere_read_as_markup() -> None:
    app = visit("from_scratch", sentence=HOSTILE, **SMALL)
    assert "example" not in drawn_as_markdown(app)
