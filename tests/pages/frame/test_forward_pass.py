import dataclasses
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from encoder import Encoder, EncoderConfig, ScaleHead
from pages.frame import forward_pass
from pages.frame.forward_pass import ForwardPass, Passes, encoder_config, tokenizer
from pages.frame.planned_edits import Patch
from pages.frame.settings import Settings
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
