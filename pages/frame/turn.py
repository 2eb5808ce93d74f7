"""Lets the pages of different visitors be drawn one after the other."""

import contextlib
from collections.abc import Iterator
from threading import Lock

from pages.frame.once import once

SECONDS_TO_WAIT = 0.05


@contextlib.contextmanager
def turn() -> Iterator[None]:
    """Wait until no other visitor's page is being drawn, but not for long.

    Python runs one thread at a time. When eight visitors move a control at once, one page after the other is ready
    sooner, on average, than eight pages that take turns. Whoever draws for long holds nobody up beyond the limit.
    """
    lock = _lock()
    taken = lock.acquire(timeout=SECONDS_TO_WAIT)
    try:
        yield
    finally:
        if taken:
            lock.release()


@once
def _lock() -> Lock:
    return Lock()
