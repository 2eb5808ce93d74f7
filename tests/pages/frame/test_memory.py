"""What a large pass took goes back to the system; what small ones took is kept."""

import ctypes
import platform
import threading
from types import SimpleNamespace

import pytest

from pages.frame import memory
from pages.frame.memory import MUCH, give_back


@pytest.fixture
def trims(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often the C library was asked; on a machine with another one, too."""
    asked: list[int] = []
    monkeypatch.setattr(platform, "libc_ver", lambda: ("glibc", "2.36"))
    monkeypatch.setattr(ctypes, "CDLL", lambda _: SimpleNamespace(malloc_trim=asked.append))
    monkeypatch.setattr(memory, "SECONDS_UNTIL_SENT", 0.0)
    return asked


def test_after_much_was_let_go_the_library_is_asked_at_once_and_once_more(trims: list[int]) -> None:
    before = set(threading.enumerate())
    give_back(MUCH)
    assert trims
    for timer in set(threading.enumerate()) - before:
        timer.join()
    assert trims == [0, 0]


def test_what_small_passes_free_is_left_for_the_next_one(trims: list[int]) -> None:
    give_back(MUCH - 1)
    assert trims == []


def test_another_library_is_not_asked(trims: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    give_back(MUCH)
    assert trims == []
