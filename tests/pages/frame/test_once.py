"""What a server makes once is made once, and stays."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import streamlit as st

from pages.frame.forward_pass import passes
from pages.frame.measurement import measurements
from pages.frame.once import once


def test_thirty_who_ask_at_the_same_moment_get_the_same_object() -> None:
    together, made = threading.Barrier(30), []

    @once
    def store() -> object:
        made.append("once")
        return object()

    def ask(_: int) -> object:
        together.wait()
        return store()

    with ThreadPoolExecutor(30) as pool:
        answers = set(pool.map(ask, range(30)))
    assert made == ["once"]
    assert len(answers) == 1


def test_a_browser_that_clears_the_caches_takes_nothing_from_the_others() -> None:
    before = passes(), measurements()
    st.cache_resource.clear()  # what Streamlit does when a browser sends "clear cache"
    st.cache_data.clear()
    assert (passes(), measurements()) == before


def test_what_failed_is_made_anew() -> None:
    answers = iter([OSError("no disk"), "made"])

    @once
    def store() -> str:
        answer = next(answers)
        if isinstance(answer, OSError):
            raise answer
        return str(answer)

    with pytest.raises(OSError, match="no disk"):
        store()
    assert store() == "made"
