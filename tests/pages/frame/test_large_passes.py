"""Large passes have one turn at a time, and nobody else waits for it."""

import contextlib
import dataclasses
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import streamlit as st
import torch

from encoder import Encoder, EncoderConfig
from encoder.analysis.engine_agreement import EngineAgreement
from pages.frame import forward_pass
from pages.frame.engines import engines_agreement
from pages.frame.forward_pass import Passes, encoder_config, pass_of, passes, tokenizer
from pages.frame.planned_edits import Patch
from pages.frame.settings import Settings
from pages.frame.shuffle import shuffle_gaps
from pages.frame.step_table import steps_in_numbers
from pages.frame.weights_source import RANDOM, SOURCES

SMALL = Settings(sentence="two dogs run", weights="random", layers=2, heads=3, d_model=48)
LARGE = dataclasses.replace(SMALL, layers=12, heads=16, d_model=512)


def built_instead(monkeypatch: pytest.MonkeyPatch, build: Callable[[EncoderConfig], object]) -> None:
    """Let `build` run wherever an encoder is built; what is built is small, whatever was asked for."""
    small = EncoderConfig(vocab_size=tokenizer().vocab_size, d_model=16, n_heads=1, n_layers=1)

    def build_small(config: EncoderConfig) -> Encoder:
        build(config)
        return Encoder(small)

    monkeypatch.setitem(SOURCES, "random", dataclasses.replace(RANDOM, build=build_small))


def test_large_passes_are_made_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    at_work, most = [], []

    def build(config: EncoderConfig) -> None:
        at_work.append(config)
        time.sleep(0.02)
        most.append(len(at_work))
        at_work.remove(config)

    built_instead(monkeypatch, build)
    passes = Passes()
    links = [dataclasses.replace(LARGE, seed=seed) for seed in range(8)]
    with ThreadPoolExecutor(len(links)) as pool:
        list(pool.map(lambda link: passes.trace(link, (2, 3)), links))
    assert most == [1] * len(links)


def test_a_large_pass_holds_no_small_one_up(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, small_is_done = threading.Event(), threading.Event()

    def build(config: EncoderConfig) -> None:
        if config.d_model == LARGE.d_model:
            begun.set()
            assert small_is_done.wait(10)

    built_instead(monkeypatch, build)
    with ThreadPoolExecutor(1) as pool:
        large = pool.submit(lambda: pass_of(LARGE).trace)
        assert begun.wait(10)
        assert pass_of(SMALL).trace.paths
        small_is_done.set()
        large.result()
    passes.clear()  # encoders that were built instead


@pytest.mark.parametrize(
    ("measured", "measure"),
    [
        ("pages.frame.engines.engine_agreement", lambda: engines_agreement(LARGE, (2, 7, 3))),
        ("pages.frame.shuffle.permutation_gap", lambda: shuffle_gaps(LARGE, (2, 7, 8, 3), (0, 2, 1, 3))),
    ],
)
def test_what_is_measured_on_a_large_encoder_has_the_turn(
    measured: str, measure: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    others_may_compute = []

    def measure_nothing(*_: object, **__: object) -> float:
        with ThreadPoolExecutor(1) as other:
            others_may_compute.append(other.submit(passes()._one_large.acquire, blocking=False).result())
        return 0.0

    built_instead(monkeypatch, lambda config: None)
    monkeypatch.setattr(measured, measure_nothing)
    measure()
    assert others_may_compute
    assert not any(others_may_compute)
    passes.clear()  # an encoder that was built instead
    st.cache_data.clear()


def test_who_asks_how_far_the_engines_differ_has_no_turn_that_the_measurement_waits_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, begun = threading.Event(), threading.Event()
    in_turn = Passes.in_turn

    def in_turn_later(store: Passes, config: EncoderConfig) -> contextlib.AbstractContextManager[object]:
        if threading.current_thread() is measuring:
            begun.set()
            asked.wait(10)
        return in_turn(store, config)

    def ask(settings: Settings, token_ids: tuple[int, ...]) -> EngineAgreement:
        asked.set()
        return engines_agreement(settings, token_ids)

    built_instead(monkeypatch, lambda config: None)
    monkeypatch.setattr(Passes, "in_turn", in_turn_later)
    monkeypatch.setattr("pages.frame.step_table.engines_agreement", ask)
    shown = pass_of(LARGE)
    measuring = threading.Thread(target=engines_agreement, args=(LARGE, shown.encoding.ids), daemon=True)
    asking = threading.Thread(target=steps_in_numbers, args=(shown, 0, 1), daemon=True)
    measuring.start()
    assert begun.wait(10)
    asking.start()
    asking.join(20)
    assert not asking.is_alive(), "Each of the two waits for the other."
    passes.clear()  # an encoder that was built instead
    st.cache_data.clear()


def test_every_shape_of_the_trained_weights_is_a_small_one() -> None:
    # Else thirty visitors of the app's default would wait for each other without limit.
    largest = dataclasses.replace(SMALL, layers=6, heads=8, d_model=128)
    assert not forward_pass._is_large(encoder_config(largest))
    assert forward_pass._is_large(encoder_config(LARGE))


def test_a_patched_large_pass_may_ask_for_the_pass_that_it_is_patched_from() -> None:
    large, patch = dataclasses.replace(SMALL, layers=12, heads=16, d_model=256), Patch("embedding.sum", 0, 1)
    trace = Passes().trace(large, (2, 5, 3), (patch,), (2, 7, 3))
    assert torch.equal(trace.embedding.sum[0, 0], Passes().trace(large, (2, 7, 3)).embedding.sum[0, 1])
