"""What counts as a whole number wherever one is asked for: a size, a place, a count."""

from typing import TypeGuard


def is_whole_number(value: object) -> TypeGuard[int]:
    """Whether this is an int: True and 1.0 are none, though they equal one.

    >>> is_whole_number(1), is_whole_number(True), is_whole_number(1.0)
    (True, False, False)
    """
    return isinstance(value, int) and not isinstance(value, bool)
