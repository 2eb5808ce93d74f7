"""The controls of a long measurement: a button that starts it, its progress, a button that stops it."""

from collections.abc import Callable
from uuid import uuid4

import streamlit as st

from pages.frame.measurement import Measurement, Result

SECONDS_BETWEEN_LOOKS = 0.5


def keep_looking(section: Callable[[], None], key: str) -> None:
    """Draw a section of the page, again and again while its measurement runs; the rest of the page stands still."""
    runs = st.session_state.get(_flag(key), False)
    st.fragment(section, run_every=SECONDS_BETWEEN_LOOKS if runs else None)()


def progress(measurement: Measurement[Result], label: str, unit: str, key: str) -> Result | None:
    """Draw how far the measurement is, with the button that starts or stops it.

    Returns the result so far once the measurement rests; None while it runs, and before it was asked for.
    """
    visitor = st.session_state.setdefault("visitor", uuid4().hex)
    # Read once, and first how far it is: another visitor may begin anew meanwhile, when nothing is known of the steps.
    done, n_steps = measurement.n_done, measurement.n_steps
    of_all = f"of {n_steps} {unit}" if n_steps else unit
    if measurement.is_watched_by(visitor):
        if not st.session_state.get(_flag(key)):
            st.session_state[_flag(key)] = True
            st.rerun()  # from now on, looking again every half second
        st.progress(done / n_steps if n_steps else 0.0, f"{done} {of_all}" if n_steps else "Beginning …")
        st.button("Stop", key=f"stop_{key}", icon=":material/stop:", on_click=measurement.leave, args=(visitor,))
        return None
    if st.session_state.pop(_flag(key), False):
        st.rerun()  # without looking again every half second
    if measurement.has_broken_off:
        st.error(f"This broke off after {done} {of_all}; the server's log says why.", icon=":material/error:")
        done = 0
    if not measurement.is_finished:
        words = f"Go on after {done} {of_all}" if done else label
        icon = ":material/play_arrow:"
        st.button(words, key=f"start_{key}", icon=icon, on_click=measurement.watch, args=(visitor,))
    return measurement.latest()


def _flag(key: str) -> str:
    return f"{key}_is_measured"
