"""A cache that is bounded in bytes and makes each thing once, however many visitors ask for it at the same time."""

import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar, final

Value = TypeVar("Value")


@final
class ByteCache(Generic[Value]):
    """Keep the values that were used last, up to `budget` bytes; `size` says how many bytes a value takes.

    The newest value is kept even if it alone is larger than the budget, as its visitor is about to ask for it again;
    unless there is a `largest`: what takes more bytes than that is made and not kept. `forgot` is told how many bytes
    were let go to make room.
    """

    def __init__(
        self,
        budget: int,
        size: Callable[[Value], int],
        forgot: Callable[[int], object] = lambda _: None,
        *,
        largest: int = sys.maxsize,
    ) -> None:
        self._budget = budget
        self._size = size
        self._forgot = forgot
        self._largest = largest
        self._lock = threading.Lock()
        self._values: OrderedDict[Hashable, Future[Value]] = OrderedDict()
        self._bytes: dict[Hashable, int] = {}
        self._total = 0  # kept up to date, and not added up again with every new value

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Return the value of `key`. The first to ask makes it; all others wait for that one and share it.

        If making fails, everyone who waited gets the same exception, and the next to ask tries again.
        """
        with self._lock:
            promise = self._values.get(key)
            is_first = promise is None
            if promise is None:
                promise = self._values[key] = Future()
            self._values.move_to_end(key)
        if is_first:
            self._fulfil(key, promise, make)
        return promise.result()

    @property
    def bytes_kept(self) -> int:
        """How many bytes the finished values take."""
        with self._lock:
            return self._total

    def _fulfil(self, key: Hashable, promise: "Future[Value]", make: Callable[[], Value]) -> None:
        try:
            value = make()
            n_bytes = self._size(value)
        except BaseException as error:
            with self._lock:
                del self._values[key]
            promise.set_exception(error)
            return
        with self._lock:
            if n_bytes > self._largest:
                del self._values[key]
            else:
                self._bytes[key] = n_bytes
                self._total += n_bytes
            n_forgotten = self._forget_oldest(kept=key)
        promise.set_result(value)
        if n_forgotten:
            self._forgot(n_forgotten)

    def _forget_oldest(self, kept: Hashable) -> int:
        before = self._total
        # What is still being made is not counted yet, and cannot be forgotten.
        for key in [key for key in self._values if key in self._bytes and key != kept]:
            if self._total <= self._budget:
                break
            self._total -= self._bytes.pop(key)
            del self._values[key]
        return before - self._total
