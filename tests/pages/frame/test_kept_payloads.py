"""Going back to an encoder sends what was sent before, and nobody gets what belongs to another pass."""

import dataclasses
import gc
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

from encoder import ScaleHead
from pages.frame.forward_pass import ForwardPass, passes, tokenizer
from pages.frame.kept_payloads import LARGEST_KEPT, kept_payload, payloads
from pages.frame.planned_edits import Patch, PlannedEdit
from pages.frame.settings import Settings
from pages.frame.view_contents import attention_contents, small_maps_contents
from pages.views.attention import attention_payload
from pages.views.token_maps import small_maps_payload
from tests.pages.payloads import unpack

SETTINGS = Settings(sentence="two dogs run", weights="random", layers=2, heads=3, d_model=48, seed=7)


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    payloads.clear()


def shown(**changes: Any) -> ForwardPass:
    settings = dataclasses.replace(SETTINGS, **changes)
    return ForwardPass(settings, tokenizer().encode(settings.sentence))


def test_what_was_sent_before_is_sent_again_without_a_pass() -> None:
    first, again = shown(), shown()
    payload = kept_payload(first, attention_payload, attention_contents)

    assert kept_payload(again, attention_payload, attention_contents) is payload
    assert "made" in vars(first)
    assert "made" not in vars(again)


def test_it_is_what_the_pass_gives() -> None:
    for _ in range(2):
        payload = kept_payload(shown(), small_maps_payload, small_maps_contents)
        arrays = unpack(payload)[1]
        assert (arrays["0"] == shown().trace.embedding.position.numpy()).all()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "changes",
    [{name: value} for name, value in {"sentence": "three cats sit", "layers": 1, "heads": 4, "seed": 8}.items()],
)
def test_other_settings_have_a_payload_of_their_own(changes: dict[str, Any]) -> None:
    one = kept_payload(shown(), attention_payload, attention_contents)
    other = kept_payload(shown(**changes), attention_payload, attention_contents)

    assert other != one
    assert other == attention_payload(shown(**changes).encoding.pieces, **attention_contents(shown(**changes)))


def test_an_edited_pass_and_another_view_have_payloads_of_their_own() -> None:
    edited = dataclasses.replace(shown(), edits=(ScaleHead(0, 1, 0.0),))
    sent = [kept_payload(each, attention_payload, attention_contents) for each in (shown(), edited)]
    sent.append(kept_payload(shown(), small_maps_payload, small_maps_contents))

    assert len(set(sent)) == 3
    assert payloads().bytes_kept == sum(map(len, sent))


def test_a_patch_from_another_sentence_has_a_payload_of_its_own_and_no_patch_has_the_same() -> None:
    cats, bird = (tokenizer().encode(sentence).ids for sentence in ("three cats sit", "a bird flies off"))

    def sent(edits: tuple[PlannedEdit, ...], other_ids: tuple[int, ...]) -> bytes:
        once = dataclasses.replace(shown(), edits=edits, other_ids=other_ids)
        return kept_payload(once, attention_payload, attention_contents)

    patch = Patch("layers.0.attention.value", 1, 1)
    assert sent((patch,), cats) != sent((patch,), bird)
    assert sent((ScaleHead(0, 1, 0.0),), cats) is sent((ScaleHead(0, 1, 0.0),), bird)
    assert sent((), cats) is kept_payload(shown(), attention_payload, attention_contents)


def test_a_sentence_is_not_kept_and_what_is_never_read_makes_no_difference() -> None:
    long = shown(sentence="two dogs run" + " " * 1_000_000)
    payload = kept_payload(shown(), attention_payload, attention_contents)
    assert kept_payload(long, attention_payload, attention_contents) is payload
    assert all(len(text) < 100 for key in payloads()._values for text in texts(key))


def test_sentences_with_other_unknown_words_have_payloads_of_their_own() -> None:
    sent = [
        kept_payload(shown(sentence=f"two {word} run"), attention_payload, attention_contents) for word in ("犬", "猫")
    ]
    assert [unpack(payload)[0]["names"][2] for payload in sent] == ["[UNK] “\u2068犬\u2069”", "[UNK] “\u2068猫\u2069”"]


def texts(key: object) -> Iterator[str]:
    if isinstance(key, str):
        yield key
    elif dataclasses.is_dataclass(key):
        yield from texts(tuple(vars(key).values()))
    elif isinstance(key, tuple):
        for part in key:
            yield from texts(part)


def test_what_would_take_the_room_of_many_is_not_kept() -> None:
    small = kept_payload(shown(), attention_payload, attention_contents)
    large = shown(sentence="dog " * 120, heads=16, layers=12)
    sent = [kept_payload(large, attention_payload, attention_contents) for _ in range(2)]
    assert sent[0] == sent[1]
    assert len(sent[0]) > LARGEST_KEPT
    assert payloads().bytes_kept == len(small)


def test_a_payload_keeps_no_trace_alive() -> None:
    once = shown()
    kept_payload(once, attention_payload, attention_contents)
    trace = weakref.ref(once.trace)
    del once
    passes.clear()
    gc.collect()
    assert trace() is None
