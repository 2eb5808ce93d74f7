import contextlib
import dataclasses
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import streamlit as st
import torch

from encoder import Encoder, EncoderConfig, ScaleHead
from encoder.analysis.engine_agreement import EngineAgreement
from pages.frame import forward_pass
from pages.frame.engines import engines_agreement
from pages.frame.forward_pass import ForwardPass, Passes, encoder_config, pass_of, passes, tokenizer
from pages.frame.planned_edits import Patch
from pages.frame.settings import Settings
from pages.frame.shuffle import shuffle_gaps
from pages.frame.step_table import steps_in_numbers
from pages.frame.weights_source import RANDOM, SOURCES

SETTINGS = Settings(
    sentence="two dogs run",
    weights="random",
    layers=2,
    heads=3,
    d_model=48,
    seed=7,
    norm="pre",
    positions="learned",
)


def test_the_trace_is_what_the_encoder_of_these_settings_computes() -> None:
    encoding = tokenizer().encode(SETTINGS.sentence)
    trace = Passes().trace(SETTINGS, encoding.ids)

    config = EncoderConfig(
        vocab_size=tokenizer().vocab_size,
        d_model=48,
        n_heads=3,
        n_layers=2,
        seed=7,
        norm="pre",
        positions="learned",
    )
    expected = Encoder(config)(torch.tensor([encoding.ids]))
    assert trace.config == config
    for path, tensor in expected.items():
        assert torch.equal(trace[path], tensor), path


def test_thirty_visitors_of_one_link_share_one_encoder_and_one_forward_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    built, passed = [], []

    def build(config: EncoderConfig) -> Encoder:
        encoder = Encoder(config)
        built.append(encoder)
        encoder.register_forward_hook(lambda *_: passed.append("once"))
        return encoder

    monkeypatch.setitem(SOURCES, "random", dataclasses.replace(RANDOM, build=build))
    passes, together = Passes(), threading.Barrier(30)
    ids = tokenizer().encode(SETTINGS.sentence).ids

    def visit(_: int) -> object:
        together.wait()
        return passes.trace(SETTINGS, ids)

    with ThreadPoolExecutor(30) as pool:
        traces = list(pool.map(visit, range(30)))

    assert len(built) == 1
    assert passed == ["once"]
    assert all(trace is traces[0] for trace in traces)


def test_no_visitor_can_change_a_tensor_that_others_see() -> None:
    trace = Passes().trace(SETTINGS, tokenizer().encode(SETTINGS.sentence).ids)

    with pytest.raises(RuntimeError, match="inference"):
        trace.layers[0].attention.weights.mul_(2)


def test_encoders_and_traces_stay_within_their_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forward_pass, "ENCODER_BYTES", 3_000_000)
    monkeypatch.setattr(forward_pass, "TRACE_BYTES", 4_000_000)
    passes = Passes()
    for seed in range(5):
        settings = dataclasses.replace(SETTINGS, seed=seed)
        passes.trace(settings, tokenizer().encode(settings.sentence).ids)

    encoder = passes.encoder("random", encoder_config(settings))
    one_encoder = sum(parameter.nbytes for parameter in encoder.parameters())
    kept_encoders, kept_traces = passes.bytes_kept
    assert one_encoder <= kept_encoders <= 3_000_000
    assert one_encoder < kept_traces <= 4_000_000


def test_one_tensor_of_every_layer_comes_as_one_array() -> None:
    encoding = tokenizer().encode(SETTINGS.sentence)
    shown = ForwardPass(SETTINGS, encoding)
    query = shown.of_every_layer("attention.query")

    assert query.shape == (2, 3, 5, 16)
    assert np.array_equal(query[1], shown.trace.layers[1].attention.query[0].numpy())


def test_edits_and_the_sentence_of_a_patch_belong_to_what_a_trace_is_known_by() -> None:
    passes, ids = Passes(), tokenizer().encode(SETTINGS.sentence).ids
    others = [tokenizer().encode(text).ids for text in ("three cats sleep", "a man sits")]
    silenced, patch = ScaleHead(1, 2, 0.0), Patch("layers.0.attention.value", 1, 2)
    plain = passes.trace(SETTINGS, ids)

    assert passes.trace(SETTINGS, ids, (silenced,), others[0]) is passes.trace(SETTINGS, ids, (silenced,), others[1])
    assert passes.trace(SETTINGS, ids) is plain
    assert not torch.equal(passes.trace(SETTINGS, ids, (silenced,)).output, plain.output)
    for other in others:
        patched = passes.trace(SETTINGS, ids, (patch,), other)["layers.0.attention.value"]
        assert torch.equal(patched[:, :, 1], passes.trace(SETTINGS, other)["layers.0.attention.value"][:, :, 2])
        assert torch.equal(patched[:, :, 2:], plain["layers.0.attention.value"][:, :, 2:])


def test_numbers_that_all_encoders_of_a_source_share_do_not_count_for_a_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SOURCES, "random", dataclasses.replace(RANDOM, is_shared=True))
    passes = Passes()
    trace = passes.trace(SETTINGS, tokenizer().encode(SETTINGS.sentence).ids)
    assert passes.bytes_kept[1] == sum(tensor.nbytes for _, tensor in trace.items())


LARGE = dataclasses.replace(SETTINGS, layers=12, heads=16, d_model=512)


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
        assert pass_of(SETTINGS).trace.config.d_model == SETTINGS.d_model
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
    largest = dataclasses.replace(SETTINGS, layers=6, heads=8, d_model=128)
    assert not forward_pass._is_large(encoder_config(largest))
    assert forward_pass._is_large(encoder_config(LARGE))


def test_a_patched_large_pass_may_ask_for_the_pass_that_it_is_patched_from() -> None:
    large, patch = dataclasses.replace(SETTINGS, layers=12, heads=16, d_model=256), Patch("embedding.sum", 0, 1)
    trace = Passes().trace(large, (2, 5, 3), (patch,), (2, 7, 3))
    assert torch.equal(trace.embedding.sum[0, 0], Passes().trace(large, (2, 7, 3)).embedding.sum[0, 1])
