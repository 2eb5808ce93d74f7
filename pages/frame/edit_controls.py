"""The controls that put one more edit into the link; they offer what this encoder and this sentence have."""

from collections.abc import Callable, Sequence

import streamlit as st

from encoder import RemoveEdge, ScaleFeedForward, ScaleHead, UniformHead
from encoder.edits.places import LARGEST_FACTOR
from pages.frame.choices import choose_listed
from pages.frame.edit_list import edit_list, edits_field
from pages.frame.edit_words import MOST_EDITS, write_edit
from pages.frame.kept_choice import Option
from pages.frame.knock_out import OTHER_SENTENCE, KnockOut, current_knock_out
from pages.frame.planned_edits import Patch, PlannedEdit, patchable_paths, place_of
from pages.frame.token_choice import choose_token

ONE_TOKEN, WHOLE = "One token", "The whole tensor"
PATCH = "Patch from another sentence"


def edit_panel() -> None:
    """Draw all that is about edits: the choice of one more, the list, and the line of text that the link carries."""
    editor, field = st.container(), st.container()
    with field:
        edits_field()  # first, since it knows what the link says
    with editor:
        edit_controls()
        edit_list(current_knock_out())


def edit_controls() -> None:
    """Draw the choice of an edit, and the button that adds it."""
    kind = _choose("Kind of edit", tuple(KINDS), "edit_kind")
    if kind == PATCH or "patch." in st.session_state["edits"]:
        _other_sentence()
    knock_out = current_knock_out()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        edit = KINDS[kind](knock_out)
    is_there = place_of(edit) in map(place_of, knock_out.edits)
    is_full = len(knock_out.entries) >= MOST_EDITS
    st.button(
        "Add this edit",
        key="add_edit",
        type="primary",
        icon=":material/add:",
        disabled=is_there or is_full,
        on_click=add_edit,
        args=(edit,),
    )
    if edit in knock_out.edits:
        st.caption("This edit is in the list below.")
    elif is_there:
        st.caption("This place is edited already; remove that edit first.")
    elif is_full:
        st.caption(f"{MOST_EDITS} edits are the most; remove one first.")


def add_edit(edit: PlannedEdit) -> None:
    """Put one more edit at the end of the link, and draw the whole page anew, wherever on it the button stands."""
    st.session_state["edits"] = f"{st.session_state.get('edits', '')} {write_edit(edit)}".strip()
    st.rerun()


def offer_to_silence(layer: int, head: int, key: str) -> None:
    """Draw a button that adds the edit which silences this head."""
    edit = ScaleHead(layer, head, 0.0)
    label, is_there = f"Silence layer {layer}, head {head}", place_of(edit) in map(place_of, current_knock_out().edits)
    st.button(label, key=f"silence_{key}", icon=":material/add:", disabled=is_there, on_click=add_edit, args=(edit,))


def _other_sentence() -> None:
    st.text_input("Other sentence, to patch from", OTHER_SENTENCE, key="other", bind="query-params", autocomplete="off")


def _scale_head(knock_out: KnockOut) -> PlannedEdit:
    return ScaleHead(*_layer_and_head(knock_out), _factor("0 silences the head, 1 leaves it as it is."))


def _uniform_head(knock_out: KnockOut) -> PlannedEdit:
    return UniformHead(*_layer_and_head(knock_out))


def _scale_feed_forward(knock_out: KnockOut) -> PlannedEdit:
    return ScaleFeedForward(_layer(knock_out), _factor("0 drops the network, 1 leaves it as it is."))


def _remove_edge(knock_out: KnockOut) -> PlannedEdit:
    layer, head = _layer_and_head(knock_out)
    tokens = knock_out.before.encoding.pieces
    query = choose_token("Query, the token that looks", tokens, key="edit_query")
    key = choose_token("Key, which it no longer sees", tokens, first=0, key="edit_key")
    return RemoveEdge(layer, head, query, key, _renormalize())


def _patch(knock_out: KnockOut) -> PlannedEdit:
    config = knock_out.before.trace.config
    paths = patchable_paths(config)
    path = _choose("Tensor", paths, "edit_path", "layers.0.attention.value")
    here, there = knock_out.before.encoding.pieces, knock_out.other.pieces
    if _choose("How much of it", (ONE_TOKEN, WHOLE), "edit_how_much") == WHOLE:
        return Patch(path)
    token = choose_token("Token of this sentence", here, key="edit_token")
    return Patch(path, token, choose_token("Token of the other sentence", there, key="edit_other_token"))


KINDS: dict[str, Callable[[KnockOut], PlannedEdit]] = {
    "Silence or scale a head": _scale_head,
    "Make a head look at all tokens alike": _uniform_head,
    "Drop or scale a feed-forward network": _scale_feed_forward,
    "Remove an edge of attention": _remove_edge,
    PATCH: _patch,
}


def _layer(knock_out: KnockOut) -> int:
    return _choose("Layer", range(knock_out.before.trace.config.n_layers), "edit_layer")


def _layer_and_head(knock_out: KnockOut) -> tuple[int, int]:
    return _layer(knock_out), _choose("Head", range(knock_out.before.trace.config.n_heads), "edit_head")


def _choose(label: str, options: Sequence[Option], key: str, first: Option | None = None) -> Option:
    # The link carries the edits that were made, and not the one that is being thought of.
    return choose_listed(label, options, key, options[0] if first is None else first, bind=None)


def _factor(meaning: str) -> float:
    limits = -LARGEST_FACTOR, LARGEST_FACTOR
    return st.number_input("Times", *limits, 0.0, 0.5, key="edit_factor", help=meaning, persist_state="session")


def _renormalize() -> bool:
    return st.toggle("Renormalize the rest", True, key="edit_renormalize", persist_state="session")
