"""Long measurements in the background: they say how far they are, can be stopped, and keep what they have."""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from typing import Generic, TypeVar, final

from pages.frame.once import once

Result = TypeVar("Result")

PATIENCE = 15.0
"""Seconds after which a measurement rests if nobody asks for it any more: its visitor has closed the page."""
MOST_KEPT = 64


@final
class Measurement(Generic[Result]):
    """A measurement in steps, each of which yields the result so far; visitors who ask for the same one share it.

    It runs in a thread of its own as long as somebody watches, and goes on where it stood when somebody comes back.
    `begin` gives the steps and their number; it is called in that thread, too, since it may take its time.
    If a step fails, it has broken off: the log says why, and whoever watches next begins it anew.
    """

    def __init__(self, begin: Callable[[], tuple[Iterator[Result], int]], turn: threading.Lock) -> None:
        self._begin = begin
        self._steps: Iterator[Result] | None = None
        self._n_steps: int | None = None
        self._turn = turn
        self._lock = threading.Lock()
        self._seen: dict[str, float] = {}
        self._thread: threading.Thread | None = None
        self._has_broken_off = False
        self._n_done = 0
        self._latest: Result | None = None

    @property
    def n_done(self) -> int:
        """How many steps are done."""
        return self._n_done

    @property
    def n_steps(self) -> int | None:
        """How many steps there are; None before it has begun."""
        return self._n_steps

    @property
    def is_finished(self) -> bool:
        """Whether the result is that of all steps."""
        return self._n_steps is not None and self._n_done >= self._n_steps

    @property
    def is_running(self) -> bool:
        """Whether a step is being made now, or is about to be."""
        return self._thread is not None

    @property
    def has_broken_off(self) -> bool:
        """Whether a step has failed, and nobody has begun anew since."""
        return self._has_broken_off

    def latest(self) -> Result | None:
        """Return the result so far, or None before the first step."""
        return self._latest

    def is_watched_by(self, visitor: str) -> bool:
        """Return whether this visitor waits for the result; whoever does, and asks, keeps it running."""
        with self._lock:
            waits = visitor in self._seen and not self.is_finished and not self._has_broken_off
            if waits:
                self._run_for(visitor)
            return waits

    def watch(self, visitor: str) -> None:
        """Note that this visitor is waiting, and see to it that the measurement runs; anew, if it had broken off."""
        with self._lock:
            if self._has_broken_off:
                self._steps, self._n_steps, self._n_done, self._latest = None, None, 0, None
                self._has_broken_off = False
            self._run_for(visitor)

    def leave(self, visitor: str) -> None:
        """Note that this visitor no longer waits; if nobody else does, the measurement rests after its step."""
        with self._lock:
            self._seen.pop(visitor, None)

    def _run_for(self, visitor: str) -> None:
        self._seen[visitor] = time.monotonic()
        if self._thread is None and not self.is_finished:
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while self._goes_on():
            with self._turn:  # one step at a time on this server, so that the pages stay quick
                try:
                    if self._steps is None:
                        self._steps, self._n_steps = self._begin()
                        continue  # there may be nothing to do
                    result = next(self._steps)
                except Exception:
                    logging.getLogger(__name__).exception("A measurement broke off.")
                    with self._lock:
                        self._has_broken_off, self._steps = True, iter(())
                    continue
            with self._lock:
                self._latest, self._n_done = result, self._n_done + 1
                if self.is_finished:
                    self._steps = iter(())  # what they hold on to, such as an encoder, is free again

    def _goes_on(self) -> bool:
        with self._lock:
            oldest = time.monotonic() - PATIENCE
            self._seen = {visitor: seen for visitor, seen in self._seen.items() if seen > oldest}
            if self._seen and not self.is_finished and not self._has_broken_off:
                return True
            self._thread = None
            return False


@final
class Measurements:
    """The measurements of this server, by what they measure; those that were asked for last are kept."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._kept: OrderedDict[Hashable, Measurement] = OrderedDict()

    def of(self, key: Hashable, begin: Callable[[], tuple[Iterator[Result], int]]) -> Measurement[Result]:
        """Return the measurement of this key; `begin` gives its steps and their number, whenever it begins."""
        with self._lock:
            if key not in self._kept:
                self._kept[key] = Measurement(begin, self._turn)
            self._kept.move_to_end(key)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
            return self._kept[key]


@once
def measurements() -> Measurements:
    """Return the one store of measurements of this server."""
    return Measurements()
