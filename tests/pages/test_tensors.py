"""The Tensors page: every figure, cell and file on it is the encoder's, and files are made only when asked for."""

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from encoder import describe
from encoder.replay import replay
from encoder.weights.bundle import unpack_bundle
from pages.frame import downloads
from pages.frame.forward_pass import tokenizer
from pages.frame.tensors_lesson import TENSORS_LESSON
from tests.pages.charts_on_screen import chart, charts, numbers, trace_of
from tests.pages.visit import drawn_as_markdown, move, settings_on_screen, visit

ROOT = Path(__file__).parents[2]
HOSTILE = '<b>the</b> the <a href="https://example.com">the</a> $x$ :red[y] ![z](w) #000001'
SMALL = {"layers": "2", "d_model": "32"}


def choose(app: AppTest, label: str, value: object) -> None:
    next(control for control in app.selectbox if control.label == label).set_value(value).run()
    assert not app.exception


def drawn(app: AppTest) -> np.ndarray:
    return numbers(chart(app, "tensor")["data"][0]["z"])


@pytest.mark.parametrize("norm", ["post", "pre"])
def test_every_tensor_has_a_row_with_its_figures(norm: str) -> None:
    app = visit("tensors", norm=norm, **SMALL)
    assert charts(app) == {"tensor"}
    assert TENSORS_LESSON.opening in drawn_as_markdown(app)
    trace, table = trace_of(app), app.dataframe[0].value
    assert list(table["path"]) == list(trace.paths)
    for row in table.to_dict("records"):
        values = trace[row["path"]].double().numpy()
        expected = [values.mean(), values.std(), values.min(), values.max(), np.linalg.norm(values)]
        found = [row[name] for name in ("mean", "std", "min", "max", "norm")]
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6, err_msg=row["path"])
        assert sum(row["histogram"]) == values.size
        assert row["shape"] == " × ".join(map(str, values.shape))


def test_any_two_axes_of_a_tensor_are_drawn_at_any_place_of_the_others() -> None:
    app = visit("tensors", **SMALL)
    trace = trace_of(app)
    np.testing.assert_array_equal(drawn(app), trace["layers.0.attention.weights"][0, 0])
    path = "layers.1.attention.weights"
    choose(app, "Open a tensor", path)
    assert describe(path).meaning in drawn_as_markdown(app)
    np.testing.assert_array_equal(drawn(app), trace[path][0, 0])
    choose(app, "head", 3)
    np.testing.assert_array_equal(drawn(app), trace[path][0, 3])
    choose(app, "Rows", "key")
    choose(app, "Columns", "head")
    choose(app, "query", 2)
    np.testing.assert_array_equal(drawn(app), trace[path][0, :, 2].T)
    choose(app, "Open a tensor", "layers.0.attention_norm.mean")
    np.testing.assert_array_equal(drawn(app), trace["layers.0.attention_norm.mean"].T)


def test_the_table_is_filtered_by_name() -> None:
    app = visit("tensors", **SMALL)
    app.text_input(key="search").set_value("layers.1 norm").run()
    found = list(app.dataframe[0].value["path"])
    assert len(found) == 8
    assert all(path.startswith("layers.1.") and "norm" in path for path in found)
    app.text_input(key="search").set_value("<b>nothing</b>").run()
    assert not app.exception
    assert "No tensor has such a name." in drawn_as_markdown(app)
    assert "nothing</b>" not in drawn_as_markdown(app)


def test_every_control_of_the_frame_moves_the_page() -> None:
    app = visit("tensors", **SMALL)
    choose(app, "Open a tensor", "layers.1.attention.query")
    choose(app, "head", 3)
    for name, value in (("layers", 1), ("heads", 2), ("d_model", 48), ("seed", 5), ("norm", "pre")):
        move(app, name, value)
        table = app.dataframe[0].value.set_index("path")
        expected = trace_of(app)["layers.0.attention.output"].norm()
        assert table.loc["layers.0.attention.output", "norm"] == pytest.approx(float(expected), rel=1e-5)


def test_files_are_made_only_when_somebody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    def made(*_: object) -> bytes:
        raise AssertionError("A file was made that nobody has asked for.")

    for maker in ("tensor_file", "trace_file", "bundle_file"):
        monkeypatch.setattr(downloads, maker, made)
    app = visit("tensors", **SMALL)
    assert [button.proto.label for button in app.get("download_button")] == [
        "This tensor as CSV",
        "This tensor as NPY",
        "All tensors as NPZ",
        "All tensors as safetensors",
        "Bundle to run again",
    ]


def test_the_files_hold_the_numbers_on_the_screen_and_the_bundle_runs_again(tmp_path: Path) -> None:
    app = visit("tensors", sentence=HOSTILE, norm="pre", **SMALL)
    trace, settings = trace_of(app), settings_on_screen(app)
    asked = settings, tokenizer().encode(HOSTILE).ids
    with np.load(io.BytesIO(downloads.trace_file(*asked, "NPZ"))) as loaded:
        for path, tensor in trace.items():
            np.testing.assert_array_equal(loaded[path], tensor, path)
    npy = np.load(io.BytesIO(downloads.tensor_file(*asked, "final_norm.std", "NPY")))
    np.testing.assert_array_equal(npy, trace["final_norm.std"])
    file = tmp_path / "bundle.npz"
    file.write_bytes(downloads.bundle_file(*asked))
    bundle = unpack_bundle(file)
    assert (bundle.sentence, bundle.weights) == (HOSTILE, "random")
    assert replay(bundle).holds
    command = [sys.executable, "-m", "encoder.replay", str(file)]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert found.stdout == f"SAME: all {len(trace.paths)} tensors came out bit for bit, with the same versions.\n"


def test_hostile_words_are_labels_and_nothing_else() -> None:
    app = visit("tensors", sentence=HOSTILE, **SMALL)
    for path in ("layers.0.attention.weights", "embedding.token"):
        choose(app, "Open a tensor", path)
        on_chart = str(chart(app, "tensor") | {"alt": ""}).replace("<br>", "").replace("<extra></extra>", "")
        assert "<" not in on_chart
    assert "example" not in drawn_as_markdown(app)
