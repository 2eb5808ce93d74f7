from typing import Any

import numpy as np
import pytest

from pages.views.token_maps import CODE, TokenMap, token_maps_payload
from tests.pages.payloads import unpack

TOKENS = ["[CLS]", "the", "<b>", "the", "[SEP]"]
VALUES = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
WORDS: dict[str, Any] = {
    "columns": ["dimension 0", "dimension 1", "dimension 2"],
    "ticks": [(0, "0")],
    "title": "What each position adds",
    "name": "P",
    "signed": True,
}


def test_the_numbers_of_every_map_arrive_exactly_and_the_tokens_as_typed() -> None:
    shown = TokenMap(TOKENS, VALUES, **WORDS), TokenMap(TOKENS[1:], -VALUES[1:], **WORDS)
    header, arrays = unpack(token_maps_payload(shown))
    np.testing.assert_array_equal(arrays["0"], VALUES)
    np.testing.assert_array_equal(arrays["1"], -VALUES[1:])
    assert [sent["tokens"] for sent in header["maps"]] == [TOKENS, TOKENS[1:]]
    assert header["maps"][0]["columns"] == WORDS["columns"]


def test_the_digest_tells_other_numbers_and_other_tokens_apart() -> None:
    def digest(tokens: list[str], values: np.ndarray) -> str:
        return str(TokenMap(tokens, values, **WORDS).header()["digest"])

    changed = VALUES.copy()
    changed[4, 2] = np.nextafter(changed[4, 2], np.float32(9))
    digests = [digest(TOKENS, VALUES), digest(TOKENS, changed), digest(["a", *TOKENS[1:]], VALUES)]
    assert len(set(digests)) == 3
    assert digests[0] == digest(TOKENS, VALUES.astype(np.float64))


@pytest.mark.parametrize("shape", [(4, 3), (5, 2), (1, 5, 3)])
def test_values_that_do_not_fit_the_tokens_and_columns_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"for 5 tokens and 3 columns; they must be \[token, column\].*one trace"):
        TokenMap(TOKENS, np.ones(shape), **WORDS)


def test_the_script_is_small_because_it_is_sent_with_every_change() -> None:
    assert len(CODE.js.encode()) < 8_000
    assert "innerHTML" not in CODE.js
