"""What the attention view is sent: the numbers of the trace as they are, and tokens as data."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages.views.attention import CODE, attention_payload
from tests.browser.apps.softmax_attention import EXAMPLES, HOSTILE, SoftmaxAttention
from tests.pages.payloads import unpack

PAGE = Path(__file__).parents[2] / "browser" / "apps" / "attention_view.py"
NAMES = ("query", "key", "value", "dot_products", "weights")


def sent(example: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What a visitor's browser gets when the page shows this example."""
    app = AppTest.from_file(str(PAGE), default_timeout=30)
    app.query_params["example"] = example
    app.run()
    assert not app.exception
    return unpack(app.get("bidi_component")[0].proto.bytes)


def changed(shown: SoftmaxAttention, **contents: Any) -> dict[str, Any]:
    return {name: getattr(shown, name) for name in ("kinds", "typed", *NAMES)} | contents


@pytest.mark.parametrize("example", ["plain", "other", "short"])
def test_all_layers_and_heads_arrive_as_they_were_computed(example: str) -> None:
    shown = EXAMPLES[example]
    header, arrays = sent(example)

    for name in NAMES[:-1]:
        np.testing.assert_array_equal(arrays[name], getattr(shown, name))
    np.testing.assert_array_equal(arrays["maps"][:, 1:], shown.weights)
    np.testing.assert_allclose(arrays["maps"][:, 0], shown.weights.mean(axis=1), rtol=1e-6)
    n_layers, n_heads, n_tokens, d_head = shown.query.shape
    counts = {"layer": n_layers, "head": n_heads, "query": n_tokens, "key": n_tokens}
    assert header["counts"] == counts | {"products": d_head, "values": d_head}


def test_hostile_tokens_travel_as_typed() -> None:
    assert sent("hostile")[0]["tokens"] == list(HOSTILE)


def test_an_unknown_word_is_spoken_of_as_it_was_typed_and_no_text_decides_what_a_token_is() -> None:
    header, _ = sent("unknown")
    assert header["kinds"] == ["special", "unknown", "unknown", "word", "word", "special", "special"]
    assert header["tokens"] == list(EXAMPLES["unknown"].tokens)
    names = ["[UNK] “\u2068שלום\u2069”", "[UNK] “\u2068<b>犬</b>\u2069”"]
    assert header["names"] == ["[CLS]", *names, *EXAMPLES["unknown"].tokens[3:]]
    weights = EXAMPLES["unknown"].weights[0, 0]
    query, key = np.unravel_index(weights.argmax(), weights.shape)
    assert header["findings"][1].endswith(
        f"{header['names'][query]} (token {query}) looks at {header['names'][key]} (token {key})"
    )


def test_a_long_unknown_word_says_that_it_goes_on() -> None:
    shown = EXAMPLES["unknown"]
    header, _ = unpack(attention_payload(shown.tokens, **changed(shown, typed={1: "犬" * 1000, 2: "犬" * 40})))
    assert header["names"][1:3] == [f"[UNK] “\u2068{'犬' * 39}…\u2069”", f"[UNK] “\u2068{'犬' * 40}\u2069”"]


def test_kinds_of_another_sentence_are_refused() -> None:
    shown = EXAMPLES["plain"]
    with pytest.raises(ValueError, match="There are 7 kinds for 8 tokens"):
        attention_payload(shown.tokens, **changed(shown, kinds=shown.kinds[1:]))


def test_each_map_says_what_stands_out_in_it() -> None:
    shown = EXAMPLES["plain"]
    findings = sent("plain")[0]["findings"]
    query, key = np.unravel_index(shown.weights[2, 1].argmax(), (8, 8))

    assert len(findings) == 3 * (1 + 2)
    assert findings[2 * 3].startswith("layer 2, average of heads: the largest weight is ")
    assert findings[2 * 3 + 2] == (
        f"layer 2, head 1: the largest weight is {100 * shown.weights[2, 1].max():.1f} %, "
        f"{shown.tokens[query]} (token {query}) looks at {shown.tokens[key]} (token {key})"
    )


def test_what_a_head_does_over_captions_stands_behind_what_stands_out() -> None:
    shown = EXAMPLES["plain"]
    plain = unpack(attention_payload(shown.tokens, **changed(shown)))[0]["findings"]
    jobs = [["", ""], ["", "next token 0.90"], ["", ""]]
    findings = unpack(attention_payload(shown.tokens, **changed(shown), jobs=jobs))[0]["findings"]
    assert findings.pop(5) == f"{plain.pop(5)}; its job over many captions: next token 0.90"
    assert findings == plain


def test_the_words_have_a_digest_that_no_number_changes() -> None:
    shown = EXAMPLES["plain"]
    first, second = (
        unpack(attention_payload(shown.tokens, **changed(shown, query=query)))[0]
        for query in (shown.query, shown.query + 1)
    )
    assert first["words"] == second["words"]
    assert first["digest"] != second["digest"]
    reversed_words = unpack(attention_payload(shown.tokens[::-1], **changed(shown)))[0]["words"]
    assert reversed_words != first["words"]


def test_what_stands_out_is_told_as_query_and_key_and_not_the_other_way_round() -> None:
    weights = np.full((1, 1, 3, 3), 0.1, dtype=np.float32)
    weights[0, 0, 2, 1] = 0.8
    parts = {name: np.zeros((1, 1, 3, 2), dtype=np.float32) for name in ("query", "key", "value")}
    dots, kinds = np.zeros_like(weights), ["special", "word", "word"]
    header, _ = unpack(
        attention_payload(("[CLS]", "dogs", "run"), kinds=kinds, **parts, dot_products=dots, weights=weights)
    )
    looks = "run (token 2) looks at dogs (token 1)"
    assert header["findings"][1] == f"layer 0, head 0: the largest weight is 80.0 %, {looks}"


def test_the_digest_changes_with_the_numbers_and_only_with_them() -> None:
    digests = {example: sent(example)[0]["digest"] for example in ("plain", "other", "short")}

    assert len(set(digests.values())) == 3
    assert sent("plain")[0]["digest"] == digests["plain"]


@pytest.mark.parametrize(
    ("name", "shape", "expected"),
    [
        ("value", (3, 2, 8, 6), (3, 2, 8, 5)),
        ("weights", (3, 2, 8, 7), (3, 2, 8, 8)),
        ("query", (3, 2, 7, 5), (3, 2, 8, 5)),
    ],
)
def test_numbers_of_different_sentences_are_refused(
    name: str, shape: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    shown = EXAMPLES["plain"]
    arrays = changed(shown, **{name: np.zeros(shape, np.float32)})
    message = (
        f"{name} has the shape {shape}; 8 tokens beside a query of shape {arrays['query'].shape} need {expected}. "
    )
    with pytest.raises(ValueError, match=re.escape(message + "Take all of them from one sentence of one trace.")):
        attention_payload(shown.tokens, **arrays)


@pytest.mark.parametrize("shape", [(2, 8, 5), (3, 0, 8, 5)])
def test_a_query_without_layers_and_heads_is_refused(shape: tuple[int, ...]) -> None:
    shown = EXAMPLES["plain"]
    message = f"query has the shape {shape}; allowed is [layer, head, token, d_head], with at least one of each."
    with pytest.raises(ValueError, match=re.escape(message)):
        attention_payload(shown.tokens, **changed(shown, query=np.zeros(shape, np.float32)))


def test_the_script_is_small_because_it_is_sent_with_every_change() -> None:
    assert len(CODE.js.encode()) < 15 * 1024
