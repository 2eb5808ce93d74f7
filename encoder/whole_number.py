"""What counts as a whole number wherever one is asked for: a size, a place, a count."""

from typing import Any, TypeGuard


def is_whole_number(value: object) -> TypeGuard[int]:
    """Whether this is an int: True and 1.0 are none, though they equal one.

    >>> is_whole_number(1), is_whole_number(True), is_whole_number(1.0)
    (True, False, False)
    """
    return isinstance(value, int) and not isinstance(value, bool)


def is_place(value: object, size: int) -> TypeGuard[int]:
    """Whether this is one of the places 0 to size − 1; NumPy's and torch's whole numbers are places, too.

    >>> is_place(2, 3), is_place(3, 3), is_place(-1, 3)
    (True, False, False)
    """
    place = plain(value)
    return is_whole_number(place) and 0 <= place < size


def check_count(name: str, count: object) -> None:
    """Raise ValueError if so many of something cannot be asked for."""
    number = plain(count)
    if not is_whole_number(number) or number < 0:
        raise ValueError(f"{name} is {count!r}; give a whole number of at least 0.")


def plain(number: Any) -> Any:
    """Return a number of NumPy or torch as Python's own, and anything else as it is.

    >>> import numpy
    >>> is_whole_number(numpy.int64(3)), is_whole_number(plain(numpy.int64(3)))
    (False, True)
    """
    return number.item() if getattr(number, "ndim", None) == 0 else number
