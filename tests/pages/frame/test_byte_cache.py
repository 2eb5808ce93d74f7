import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from pages.frame.byte_cache import ByteCache


def ask_from_threads(n_threads: int, ask: object) -> list:
    """Let all threads ask at the same moment."""
    together = threading.Barrier(n_threads)

    def start(index: int) -> object:
        together.wait()
        return ask(index)  # type: ignore[operator]

    with ThreadPoolExecutor(n_threads) as pool:
        return list(pool.map(start, range(n_threads)))


def test_thirty_threads_that_ask_for_one_key_make_its_value_once() -> None:
    cache: ByteCache[bytes] = ByteCache(100, len)
    made = []

    def make() -> bytes:
        made.append("once")
        return b"value"

    answers = ask_from_threads(30, lambda _: cache.get("key", make))

    assert made == ["once"]
    assert all(answer is answers[0] for answer in answers)


def test_two_keys_are_made_side_by_side() -> None:
    cache: ByteCache[bytes] = ByteCache(100, len)
    both_at_work = threading.Barrier(2, timeout=10)

    def make() -> bytes:
        both_at_work.wait()  # would time out if one had to wait for the other
        return b"value"

    assert ask_from_threads(2, lambda index: cache.get(index, make)) == [b"value"] * 2


def test_the_values_that_were_used_last_are_kept_within_the_budget() -> None:
    cache: ByteCache[bytes] = ByteCache(11, len)
    for key in ("a", "b", "a", "c"):
        cache.get(key, lambda: bytes(5))

    kept = {key: cache.get(key, lambda: b"again") == bytes(5) for key in ("a", "c", "b")}
    assert kept == {"a": True, "c": True, "b": False}
    assert cache.bytes_kept == 10


def test_a_value_larger_than_the_budget_stays_until_the_next_one_comes() -> None:
    cache: ByteCache[bytes] = ByteCache(11, len)
    cache.get("small", lambda: bytes(2))
    large = cache.get("large", lambda: bytes(17))

    assert cache.get("large", lambda: b"made again") is large
    assert cache.bytes_kept == 17
    cache.get("small", lambda: bytes(2))
    assert cache.bytes_kept == 2


def test_a_failure_reaches_everyone_who_waited_and_the_next_one_tries_again() -> None:
    cache: ByteCache[bytes] = ByteCache(100, len)
    everyone_waits = threading.Event()

    def fail() -> bytes:
        everyone_waits.wait(0.2)
        raise ValueError("no such encoder")

    def ask(_: int) -> str:
        with pytest.raises(ValueError, match="no such encoder"):
            cache.get("key", fail)
        return "failed"

    assert ask_from_threads(5, ask) == ["failed"] * 5
    assert cache.get("key", lambda: b"value") == b"value"


def test_the_cache_says_how_many_bytes_it_let_go() -> None:
    told: list[int] = []
    cache: ByteCache[bytes] = ByteCache(10, len, told.append)
    cache.get("first", lambda: b"1234")
    cache.get("second", lambda: b"123456")
    assert told == []
    cache.get("third", lambda: b"1234567")
    assert told == [10]
    cache.get("fourth", lambda: b"123456789012")
    assert told == [10, 7]


def test_a_value_whose_size_cannot_be_told_leaves_nobody_waiting() -> None:
    def size(value: str) -> int:
        raise MemoryError

    cache = ByteCache[str](budget=100, size=size)
    for _ in range(2):
        with pytest.raises(MemoryError):
            cache.get("key", lambda: "value")
    assert cache.bytes_kept == 0
