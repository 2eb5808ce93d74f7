"""The attention view shows every weight of every head, and how each one came about, without asking the server again.

All layers and heads of one sentence go to the browser at once; choosing a layer, head, token or cell happens there.
"""

import json
import re
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from pages.views.map_memory import attention_is_drawn
from pages.views.payload import pack
from pages.views.standalone import standalone
from pages.views.view_code import view_code

NOTE = "All layers and heads of this sentence are in this file, with every number in full."
LETTERS_OF_UNKNOWN = 40
TURNS_TEXT = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""What would end the isolation of a word that is written from right to left."""

CODE = view_code("attention", "address", "view", "fading")
_COMPONENT = st.components.v2.component("attention_view", html=CODE.html, css=CODE.css, js=CODE.js)


def attention_view(payload: bytes) -> None:
    """Draw the attention of one sentence: which token looks at which, in every layer and head.

    Args:
        payload: what `attention_payload` made.
    """
    _COMPONENT(data=payload, key="attention")
    attention_is_drawn()


def attention_file(title: str, tokens: Sequence[str], chosen: Mapping[str, float], **contents: Any) -> str:
    """Return the same view as a file of its own; `chosen` is what it opens with, by the names of its script."""
    return standalone(title, NOTE, CODE, attention_payload(tokens, **contents), chosen=chosen)


def attention_payload(
    tokens: Sequence[str],
    *,
    kinds: Sequence[str],
    typed: Mapping[int, str] | None = None,
    query: np.ndarray,
    key: np.ndarray,
    value: np.ndarray,
    dot_products: np.ndarray,
    weights: np.ndarray,
    opening: Mapping[str, int] | None = None,
    jobs: Sequence[Sequence[str]] | None = None,
) -> bytes:
    """Pack what the view draws: the numbers of the trace as they are, and before each layer's heads their average.

    The header holds the text and the kind of every token and how it is spoken of, how many there are of all that can be
    chosen, a sentence for every map that says what stands out in it, and two digests: of the words, and of these and
    all numbers.

    Args:
        tokens: the pieces of the sentence, in the order of the trace; position alone tells them apart, never the text.
        kinds: whether each token is "special", a "word", a "piece" that continues a word, or "unknown".
        typed: what the sentence has in the place of each unknown token.
        query: float32 [layer, head, token, d_head].
        key: float32 [layer, head, token, d_head].
        value: float32 [layer, head, token, d_head].
        dot_products: float32 [layer, head, query, key], before the division by √d_head.
        weights: float32 [layer, head, query, key], after the softmax.
        opening: the layer, head and query that these tokens open with; None for the first of each.
        jobs: [layer][head], in words what was measured that the head does; "" where it has no job.

    Raises:
        ValueError: if the shapes do not belong to one another.
    """
    vectors = {"query": query, "key": key, "value": value}
    maps = {"dot_products": dot_products, "weights": weights}
    if len(kinds) != len(tokens):
        raise ValueError(f"There are {len(kinds)} kinds for {len(tokens)} tokens. Take both from one sentence.")
    _check_shapes(tokens, vectors, maps)
    names = [_name(token, (typed or {}).get(place)) for place, token in enumerate(tokens)]
    with_average = np.concatenate([weights.mean(axis=1, keepdims=True), weights], axis=1)
    named = {**vectors, "dot_products": dot_products, "maps": with_average}
    arrays = {name: np.ascontiguousarray(array, np.float32) for name, array in named.items()}
    words = digest = zlib.crc32(json.dumps([names, list(kinds)]).encode())
    for array in arrays.values():
        digest = zlib.crc32(array.data, digest)
    n_layers, n_heads, n_tokens, d_head = query.shape
    header = {
        "tokens": list(tokens),
        "names": names,
        "kinds": list(kinds),
        "counts": {
            "layer": n_layers,
            "head": n_heads,
            "query": n_tokens,
            "key": n_tokens,
            "products": d_head,
            "values": d_head,
        },
        "findings": _findings(names, arrays["maps"], jobs),
        "opening": opening and dict(opening),
        "words": words,
        "digest": f"{digest:08x}",
    }
    return pack(header, arrays)


def _name(token: str, typed: str | None) -> str:
    """How a token is spoken of: an unknown one by what was typed, too, which may be written from right to left."""
    if typed is None:
        return token
    word = TURNS_TEXT.sub("", typed)
    shown = word if len(word) <= LETTERS_OF_UNKNOWN else f"{word[: LETTERS_OF_UNKNOWN - 1]}…"
    return f"{token} “\u2068{shown}\u2069”"


def _findings(names: Sequence[str], maps: np.ndarray, jobs: Sequence[Sequence[str]] | None) -> list[str]:
    n_layers, n_columns, n_tokens, _ = maps.shape
    peaks = maps.reshape(n_layers, n_columns, -1).argmax(axis=-1)
    findings = []
    for layer, column in np.ndindex(n_layers, n_columns):
        query, key = divmod(int(peaks[layer, column]), n_tokens)
        head = f"head {column - 1}" if column else "average of heads"
        weight = maps[layer, column, query, key]
        job = jobs[layer][column - 1] if jobs and column else ""
        findings.append(
            f"layer {layer}, {head}: the largest weight is {100 * weight:.1f} %, "
            f"{names[query]} (token {query}) looks at {names[key]} (token {key})"
            + (f"; its job over many captions: {job}" if job else "")
        )
    return findings


def _check_shapes(tokens: Sequence[str], vectors: dict[str, np.ndarray], maps: dict[str, np.ndarray]) -> None:
    shape = vectors["query"].shape
    if len(shape) != 4 or min(shape) < 1:
        raise ValueError(
            f"query has the shape {shape}; allowed is [layer, head, token, d_head], with at least one of each."
        )
    n_tokens = len(tokens)
    expected = {
        **dict.fromkeys(vectors, (*shape[:2], n_tokens, shape[3])),
        **dict.fromkeys(maps, (*shape[:2], n_tokens, n_tokens)),
    }
    for name, array in {**vectors, **maps}.items():
        if array.shape != expected[name]:
            raise ValueError(
                f"{name} has the shape {array.shape}; {n_tokens} tokens beside a query of shape {shape} need "
                f"{expected[name]}. Take all of them from one sentence of one trace."
            )
