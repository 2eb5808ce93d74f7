"""One sentence with and without edits: which edits are possible now, and the passes before and after them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from encoder.tokenizer import Encoding
from pages.frame.edit_words import Entry, read_edits
from pages.frame.forward_pass import ForwardPass, current_pass, passes, tokenizer
from pages.frame.hidden_token import HiddenToken, hide
from pages.frame.planned_edits import Patch, PlannedEdit, place_of

OTHER_SENTENCE = "The girl is holding the cat while it is sleeping."

ATTENTION_MAPS = (".dot_products", ".scores", ".masked_scores", ".weights")


@dataclass(frozen=True)
class KnockOut:
    """The pass as it is, the entries of the link with their problems, and the sentence that patches come from."""

    before: ForwardPass
    entries: tuple[Entry, ...]
    other: Encoding

    @property
    def edits(self) -> tuple[PlannedEdit, ...]:
        """Every edit that is made."""
        return tuple(entry.edit for entry in self.entries if entry.edit is not None and not entry.problem)

    @property
    def after(self) -> ForwardPass:
        """The same sentence, read with the edits."""
        return replace(self.before, edits=self.edits, other_ids=self.other.ids)

    @property
    def edited_paths(self) -> frozenset[str]:
        """The paths of all tensors that are edited by hand."""
        return frozenset(edit.path if isinstance(edit, Patch) else edit.site() for edit in self.edits)

    @property
    def edits_attention(self) -> bool:
        """Whether some head's scores or weights are edited themselves, and not only what leads to them."""
        return any(path.endswith(ATTENTION_MAPS) for path in self.edited_paths)

    def hidden(self, place: int) -> dict[str, HiddenToken]:
        """Hide a token and return what is believed there before the edits and after them, or once without any."""
        before = hide(self.before, place)
        if not self.edits:
            return {"Without edits": before}
        return {"Before": before, "After": hide(self.before, place, self.edits, self.other.ids)}

    def change(self, path: str) -> np.ndarray:
        """Return by how much each number of a tensor has changed; no batch axis."""
        return (self.after.trace[path] - self.before.trace[path])[0].numpy()


def current_knock_out() -> KnockOut:
    """Return this visitor's sentence, with the edits of her link as far as they are possible now."""
    shown = current_pass()
    other = tokenizer().encode(st.session_state.get("other", OTHER_SENTENCE))
    return KnockOut(shown, possible(shown, read_edits(st.session_state.get("edits", "")), other), other)


def possible(shown: ForwardPass, entries: Sequence[Entry], other: Encoding) -> tuple[Entry, ...]:
    """Return the entries, each with the reason why it cannot be made in this pass, if there is one.

    Such an entry stays in the list and in the link: with another sentence or another shape it may be possible again.
    """
    checked = _checked(shown, entries, other, run=False)
    # What only the numbers show, such as a row of weights with nothing left, is looked for edit by edit.
    fails = _problem_of_pass(shown, KnockOut(shown, checked, other).edits, other)
    return _checked(shown, entries, other, run=True) if fails else checked


def _checked(shown: ForwardPass, entries: Sequence[Entry], other: Encoding, run: bool) -> tuple[Entry, ...]:
    checked: list[Entry] = []
    made: list[PlannedEdit] = []
    for entry in entries:
        problem = entry.problem
        if entry.edit is not None:
            problem = _problem(shown, entry.edit, made, other)
            if run and not problem:
                problem = _problem_of_pass(shown, (*made, entry.edit), other)
            if not problem:
                made.append(entry.edit)
        checked.append(replace(entry, problem=problem))
    return tuple(checked)


def _problem(shown: ForwardPass, edit: PlannedEdit, made: Sequence[PlannedEdit], other: Encoding) -> str:
    n_tokens = len(shown.encoding.ids)
    try:
        if isinstance(edit, Patch):
            edit.check(shown.trace.config, n_tokens, 0 if other.is_empty else len(other.ids))
        else:
            edit.check(shown.trace.config, masked=False, length=n_tokens)
    except ValueError as error:
        return str(error)
    is_second = place_of(edit) in map(place_of, made)
    return "An edit before it is about the same place; one of the two can be removed." if is_second else ""


def _problem_of_pass(shown: ForwardPass, edits: Sequence[PlannedEdit], other: Encoding) -> str:
    try:
        trace = passes().trace(shown.settings, shown.encoding.ids, tuple(edits), other.ids)
    except ValueError as error:
        return str(error)
    finite = trace.output.isfinite().all()
    return "" if finite else "With this edit the numbers grow beyond what float32 can hold."
