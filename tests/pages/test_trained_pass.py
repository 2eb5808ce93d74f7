"""The pages about tensors with trained weights, which bring an embedding norm and a prediction head of their own."""

from pathlib import Path

import numpy as np
import pytest
import torch

from encoder import NestedEncoder, Trace
from encoder.replay import replay
from encoder.tokenizer import Tokenizer
from encoder.weights.bundle import unpack_bundle
from pages.charts.limits import number
from pages.frame import downloads
from pages.frame.forward_pass import tokenizer
from tests.pages.charts_on_screen import chart, numbers
from tests.pages.visit import settings_on_screen, visit

SMALL = {"layers": "2", "heads": "3", "d_model": "32"}


def trained_trace(nested: NestedEncoder, sentence: str) -> Trace:
    with torch.inference_mode():
        trace: Trace = nested.at(2, 3, 32)(torch.tensor([Tokenizer.load().encode(sentence).ids]))
    return trace


def test_the_tensors_of_the_embedding_norm_and_the_prediction_are_there_too(trained: NestedEncoder) -> None:
    app = visit("tensors", **SMALL)
    trace = trained_trace(trained, app.session_state["sentence"])
    assert list(app.dataframe[0].value["path"]) == list(trace.paths)
    opened = next(control for control in app.selectbox if control.label == "Open a tensor")
    opened.set_value("prediction.logits").run()
    assert not app.exception
    np.testing.assert_array_equal(numbers(chart(app, "tensor")["data"][0]["z"]), trace["prediction.logits"][0])


def test_a_bundle_of_trained_weights_runs_again(
    trained: NestedEncoder, nested_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_on_screen(visit("tensors", **SMALL))
    assert settings.weights == "trained"
    file = tmp_path / "bundle.npz"
    file.write_bytes(downloads.bundle_file(settings, tokenizer().encode(settings.sentence).ids))
    monkeypatch.setattr("encoder.replay.ASSETS", nested_folder)
    assert replay(unpack_bundle(file)).differences == {}


def test_from_scratch_shows_the_prediction_head_and_its_agreement(trained: NestedEncoder) -> None:
    app = visit("from_scratch", **SMALL)
    assert any("def predict(" in block.value for block in app.code)
    rows = {row["path"]: row for table in app.dataframe for row in table.value.to_dict("records")}
    assert "prediction.logits" in rows
    assert "embedding.norm.output" in rows
    assert max(row["difference"] for row in rows.values()) < 1e-4
    assert "n_heads · d_head is 3 · 16 and d_model is 32" in app.info[0].value


def test_feed_forward_and_tokens_show_the_trained_numbers(trained: NestedEncoder) -> None:
    app = visit("feed_forward", **SMALL)
    trace = trained_trace(trained, app.session_state["sentence"])
    shown = numbers(chart(app, "units")["data"][0]["z"])
    np.testing.assert_array_equal(shown, trace["layers.0.feed_forward.pre_activation"][0])
    off_sphere = (trace["embedding.norm.normalized"].norm(dim=-1) - 32**0.5).abs().max()
    assert app.metric[0].value == number(float(off_sphere))
    app = visit("tokens", **SMALL)
    np.testing.assert_array_equal(numbers(chart(app, "embeddings")["data"][0]["z"]), trace["embedding.token"][0])
