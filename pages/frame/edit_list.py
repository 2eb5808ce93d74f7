"""The edits of the link as a list: what each does, or why it is left out, with a button to remove it."""

from functools import partial

import streamlit as st

from pages.frame.edit_names import in_words
from pages.frame.edit_words import Entry, without
from pages.frame.knock_out import KnockOut

GRAMMAR = (
    "One word an edit, with blanks between them, as in the link: `head.1.3*0` silences head 3 of layer 1, "
    "`uniform.1.3` makes it look at all tokens alike, `ffn.2*0` drops the feed-forward network of layer 2, "
    "`edge.1.3.4-0` takes query 4's weight on key 0 away and renormalizes the rest, `cut.1.3.4-0` does not "
    "renormalize, `patch.layers.1.attention.value` takes a whole tensor from the other sentence, and "
    "`patch.4-5.layers.1.attention.value` takes what its token 5 has for token 4."
)


def edits_field() -> None:
    """Draw the edits as one line of text, which the link carries."""
    with st.expander("Edits as text", type="compact"):
        st.text_input("Edits", "", key="edits", bind="query-params", autocomplete="off", help=GRAMMAR)


def edit_list(knock_out: KnockOut) -> None:
    """Draw one line for each edit."""
    if not knock_out.entries:
        st.caption("Nothing is edited yet: what stands below is the encoder as it is.")
    for place, entry in enumerate(knock_out.entries):
        # st.text, since a word of the link and the tokens are a stranger's: nothing in them is read as markup.
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.text(_line(entry, knock_out), width="stretch")
            st.button(
                f"Remove edit {place + 1}",
                key=f"remove_{place}",
                type="tertiary",
                icon=":material/close:",
                on_click=partial(_remove, place),
            )
    if len(knock_out.entries) > 1:
        st.button("Remove all", key="remove_all", icon=":material/delete_sweep:", on_click=_remove_all)


def _line(entry: Entry, knock_out: KnockOut) -> str:
    if entry.edit is None:
        return f"Left out: “{entry.text}”. {entry.problem}"
    words = in_words(entry.edit, knock_out.before.encoding.pieces, knock_out.other.pieces)
    return f"Left out: {words}. {entry.problem}" if entry.problem else f"{words}."


def _remove(place: int) -> None:
    st.session_state["edits"] = without(st.session_state["edits"], place)


def _remove_all() -> None:
    st.session_state["edits"] = ""
