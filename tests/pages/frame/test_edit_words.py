"""Edits as the words of a link: what is written is read back, and nothing that a stranger writes breaks the reading."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encoder import RemoveEdge, ScaleFeedForward, ScaleHead, UniformHead
from pages.frame.edit_words import LONGEST_WORD, MOST_EDITS, read_edits, without, write_edit
from pages.frame.planned_edits import Patch, PlannedEdit

places = st.integers(0, 999)
factors = st.floats(-1000, 1000)
paths = st.sampled_from(["embedding.sum", "layers.11.attention.value", "prediction.logits", "final_norm.output"])
edits = st.one_of(
    st.builds(ScaleHead, places, places, factors),
    st.builds(UniformHead, places, places),
    st.builds(ScaleFeedForward, places, factors),
    st.builds(RemoveEdge, places, places, places, places, st.booleans()),
    st.builds(Patch, paths),
    st.builds(Patch, paths, places, places),
)


def write_edits(planned: tuple[PlannedEdit, ...]) -> str:
    return " ".join(map(write_edit, planned))


@given(st.lists(edits, max_size=MOST_EDITS).map(tuple))
def test_what_is_written_is_read_back(planned: tuple[PlannedEdit, ...]) -> None:
    assert tuple(entry.edit for entry in read_edits(write_edits(planned))) == planned


@given(edits)
def test_an_address_bar_leaves_an_edit_as_it_is_but_for_a_plus(edit: PlannedEdit) -> None:
    assert set(write_edit(edit)) <= set("abcdefghijklmnopqrstuvwxyz0123456789.-_*+")


@given(st.text(max_size=300) | st.text("headuniformptcg0123456789.-_*+! ", max_size=300))
def test_any_text_is_read_and_each_word_is_an_edit_or_has_a_problem(text: str) -> None:
    entries = read_edits(text)
    assert len(entries) <= MOST_EDITS + 1
    assert all((entry.edit is None) == bool(entry.problem) for entry in entries)
    assert all(len(entry.text) <= LONGEST_WORD for entry in entries if entry.problem)


@pytest.mark.parametrize(
    "word",
    ["head.1.3", "head.1.3*", "head.1.3*x", "head.01.3*0", "head.1.3*0.5.5", "head.-1.3*0", "ffn.٣*0", "edge.1.0.4",
     "patch.", "patch.4.layers.0", "patch.1-2", "<b>head.1.3*0</b>", "HEAD.1.3*0", "uniform.1.9999"],
)  # fmt: skip
def test_a_word_that_is_no_edit_says_so(word: str) -> None:
    (entry,) = read_edits(word)
    assert (entry.text, entry.edit) == (word, None)
    assert entry.problem == "This is no edit; see how edits are written."


def test_more_than_the_most_edits_are_left_out_together() -> None:
    text = " ".join(f"uniform.0.{head}" for head in range(MOST_EDITS + 3))
    *read, rest = read_edits(text)
    assert [entry.edit for entry in read] == [UniformHead(0, head) for head in range(MOST_EDITS)]
    assert rest.problem == "At most 16 edits are read."
    assert rest.text == "uniform.0.16 uniform.0.17 uniform.0.18"
    assert read_edits(without(text, MOST_EDITS)) == tuple(read)


def test_a_very_long_word_is_shortened_for_the_screen() -> None:
    (entry,) = read_edits("x" * 100_000)
    assert len(entry.text) == LONGEST_WORD
    assert entry.text.endswith("…")


@given(st.lists(edits, min_size=1, max_size=MOST_EDITS).map(tuple), st.data())
def test_removing_an_entry_leaves_all_others(planned: tuple[PlannedEdit, ...], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(planned) - 1))
    left = read_edits(without(write_edits(planned), place))
    assert tuple(entry.edit for entry in left) == planned[:place] + planned[place + 1 :]
