"""Pages are drawn one after the other, and nobody waits long for somebody else's page."""

from threading import Event, Thread

import pytest

from pages.frame.turn import turn


class Interrupted(Exception):
    pass


def test_a_page_waits_for_the_one_that_is_being_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.frame.turn.SECONDS_TO_WAIT", 60)
    drawn: list[str] = []
    begun = Event()

    def second() -> None:
        begun.set()
        with turn():
            drawn.append("second")

    other = Thread(target=second)
    with turn():
        other.start()
        begun.wait()
        drawn.append("first")
    other.join()
    assert drawn == ["first", "second"]


def test_a_page_that_takes_long_holds_nobody_up() -> None:
    second_is_drawn = Event()

    def second() -> None:
        with turn():
            second_is_drawn.set()

    other = Thread(target=second)
    with turn():
        other.start()
        assert second_is_drawn.wait(60)
    other.join()
    with turn():
        pass


def test_a_page_that_breaks_off_lets_the_next_one_in(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Interrupted), turn():
        raise Interrupted
    monkeypatch.setattr("pages.frame.turn.SECONDS_TO_WAIT", -1)  # wait without end
    with turn():
        pass
