"""What a server makes once, for all of its visitors and as long as it runs."""

import threading
from collections.abc import Callable
from functools import update_wrapper
from typing import Generic, TypeVar, final

Made = TypeVar("Made")


@final
class once(Generic[Made]):
    """Call a function when its result is first asked for, once for all who ask, and hand out that result.

    Unlike `st.cache_resource`, what it keeps cannot be thrown away from a browser: Streamlit's message "clear cache"
    can be sent by any visitor, and empties the caches of all.

    >>> @once
    ... def made() -> list:
    ...     return []
    >>> made() is made()
    True
    """

    def __init__(self, make: Callable[[], Made]) -> None:
        update_wrapper(self, make)
        self._make = make
        self._lock = threading.Lock()
        self._made: list[Made] = []

    def __call__(self) -> Made:
        """Return what was made; the first to ask makes it, and whoever asks meanwhile waits."""
        if not self._made:
            with self._lock:
                if not self._made:
                    self._made.append(self._make())
        return self._made[0]

    def clear(self) -> None:
        """Forget what was made, so that the next to ask makes it anew."""
        self._made.clear()
