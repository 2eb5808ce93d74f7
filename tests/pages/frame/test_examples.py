"""Where an example opens there is something to see: with the shipped weights, in the shape of the beginning."""

from dataclasses import replace

import pytest

from pages.frame.attention_lesson import ATTENTION_LESSON
from pages.frame.examples import EXAMPLES
from pages.frame.forward_pass import ForwardPass, pass_of, passes
from pages.frame.settings import DEFAULTS
from pages.frame.view_contents import attention_contents
from pages.frame.weights_source import NESTED_FOLDER, SOURCES, sources

pytestmark = pytest.mark.skipif("trained" not in sources(NESTED_FOLDER), reason="needs trained weights")


@pytest.fixture(autouse=True)
def _shipped_weights(_only_random_weights: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SOURCES, "trained", sources(NESTED_FOLDER)["trained"])
    monkeypatch.setitem(vars(DEFAULTS), "weights", "trained")
    passes.clear()  # other parameters may have gone by the same name


def shown(name: str, **changes: object) -> ForwardPass:
    return pass_of(replace(DEFAULTS, **{"sentence": EXAMPLES[name].sentence} | changes))  # type: ignore[arg-type]


def looks_most_at(name: str, layer: int, head: int, query: int) -> tuple[str, int, float]:
    """The token that gets the largest weight: its text, its place, and the weight."""
    each = shown(name)
    weight, place = each.trace[f"layers.{layer}.attention.weights"][0, head, query].max(dim=-1)
    return each.encoding.pieces[place], int(place), float(weight)


def looks_as_it_opens(name: str, query: int | None = None) -> tuple[str, int, float]:
    example = EXAMPLES[name]
    return looks_most_at(name, example.layer, example.head, example.query if query is None else query)


def test_the_pronoun_looks_at_the_boy_and_in_no_head_at_the_dog() -> None:
    assert shown("Pronoun").encoding.pieces[EXAMPLES["Pronoun"].query] == "it"
    assert looks_as_it_opens("Pronoun")[0] == "boy"
    assert "dog" not in {looks_most_at("Pronoun", layer, head, 8)[0] for layer in range(3) for head in range(4)}


def test_the_same_word_twice_looks_at_two_animals() -> None:
    pieces = shown("Word order").encoding.pieces
    assert [place for place, piece in enumerate(pieces) if piece == "chases"] == [3, 9]
    assert [looks_as_it_opens("Word order", query)[:2] for query in (3, 9)] == [("dog", 2), ("cat", 8)]


def test_no_head_finds_the_distant_subject_though_the_hint_asks_for_it() -> None:
    pieces = shown("Long distance").encoding.pieces
    assert (pieces[9], pieces[9 - 7]) == ("are", "women")
    assert looks_as_it_opens("Long distance")[0] == "dog"
    assert "women" not in {looks_most_at("Long distance", layer, head, 9)[0] for layer in range(3) for head in range(4)}


def test_each_piece_of_the_long_word_looks_at_the_one_before() -> None:
    pieces = shown("Word pieces").encoding.pieces
    assert [piece[:2] == "##" for piece in pieces[1:7]] == [False, True, True, True, True, False]
    assert [looks_as_it_opens("Word pieces", query)[1] for query in range(2, 6)] == [1, 2, 3, 4]


def test_the_masked_place_looks_at_the_colour() -> None:
    assert shown("Masked word").encoding.pieces[EXAMPLES["Masked word"].query] == "[MASK]"
    word, _, weight = looks_as_it_opens("Masked word")
    assert (word, weight > 0.9) == ("red", True)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_opens_where_its_hint_holds_and_nowhere_else(name: str) -> None:
    assert attention_contents(shown(name))["opening"] == EXAMPLES[name].opening
    for changes in ({"weights": "random"}, {"layers": 4}, {"heads": 3}, {"d_model": 80}):
        assert attention_contents(shown(name, **changes))["opening"] is None
    assert attention_contents(shown(name, sentence="two dogs"))["opening"] is None


def test_the_small_map_of_a_head_names_its_job_and_the_lesson_the_same_figure() -> None:
    jobs = attention_contents(shown("Pronoun"))["jobs"]
    assert [jobs[0][0], jobs[0][2], jobs[1][0], jobs[1][2], jobs[2][0]] == [
        "next token 0.66",
        "previous token 0.73",
        "previous token 0.98",
        "determiner → noun 0.51",
        "[CLS]/[SEP] sink 0.81",
    ]
    for figure in (
        "gives .66 of a token's weight to the next token",
        "gives .98 to the one before",
        "a determiner gives .51 of its weight to its noun",
        "head 0 of layer 2 gives .81 to [CLS] and [SEP]",
    ):
        assert figure in ATTENTION_LESSON.notice
    assert "Head 2 of layer 0 (.73) and head 0 of layer 1 (.98)" in ATTENTION_LESSON.answer
    assert sum("previous token" in job for layer in jobs for job in layer) == 2
    for changes in ({"weights": "random"}, {"layers": 4}):
        assert attention_contents(shown("Pronoun", **changes))["jobs"] is None
