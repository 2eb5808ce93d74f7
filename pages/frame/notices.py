"""Short messages that say what the app changed by itself; each is shown once."""

import streamlit as st


def add_notice(text: str) -> None:
    """Keep a message for the next time that the page is drawn.

    The text is shown as Markdown: build it from the app's own words and numbers, never from what a visitor typed.
    """
    st.session_state.setdefault("notices", []).append(text)


def show_notices() -> None:
    """Show the messages that were kept, and forget them."""
    notices = st.session_state.pop("notices", [])
    if notices:
        st.info("\n\n".join(notices), icon=":material/info:")
