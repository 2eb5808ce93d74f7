"""Measurements in the background: shared, stopped, resumed, and never two steps at a time."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest

from pages.frame import measurement
from pages.frame.measurement import Measurement, Measurements


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, "this did not come true within 20 seconds"
        time.sleep(0.005)


class Steps:
    """Steps that wait until the test lets them go on, and count how many run at a time."""

    def __init__(self, n_steps: int) -> None:
        self.n_steps = n_steps
        self.may_go_on = threading.Semaphore(0)
        self.begun = 0

    def __iter__(self) -> Iterator[int]:
        for step in range(self.n_steps):
            self.begun += 1
            assert self.may_go_on.acquire(timeout=20)
            yield step


def measurement_of(steps: Steps) -> Measurement[int]:
    return Measurement(lambda: (iter(steps), steps.n_steps), threading.Lock())


def test_nothing_is_measured_before_somebody_asks() -> None:
    steps = Steps(3)
    assert measurement_of(steps).latest() is None
    assert steps.begun == 0


def test_what_it_takes_to_begin_is_done_in_the_background_and_once() -> None:
    begun_in = []

    def begin() -> tuple[Iterator[int], int]:
        begun_in.append(threading.current_thread())
        return iter(range(2)), 2

    measured = Measurements().of("key", begin)
    assert (begun_in, measured.n_steps, measured.is_finished) == ([], None, False)
    measured.watch("ada")
    wait_until(lambda: measured.is_finished)
    assert len(begun_in) == 1
    assert begun_in[0] is not threading.current_thread()
    assert (measured.latest(), measured.n_steps) == (1, 2)


def test_where_there_is_nothing_to_do_it_is_done() -> None:
    measured = Measurements().of("key", lambda: (iter(()), 0))
    measured.watch("ada")
    wait_until(lambda: measured.is_finished and not measured.is_running)
    assert not measured.has_broken_off


def test_a_measurement_runs_to_its_end_and_keeps_its_last_result() -> None:
    steps = Steps(3)
    measured = measurement_of(steps)
    measured.watch("ada")
    steps.may_go_on.release(3)
    wait_until(lambda: measured.is_finished)
    assert (measured.latest(), measured.n_done) == (2, 3)
    assert not measured.is_watched_by("ada")


def test_who_stops_keeps_what_there_is_and_can_go_on_from_there() -> None:
    steps = Steps(3)
    measured = measurement_of(steps)
    measured.watch("ada")
    wait_until(lambda: steps.begun == 1)
    measured.leave("ada")
    steps.may_go_on.release(3)
    wait_until(lambda: not measured.is_running)
    assert (measured.latest(), measured.n_done, measured.is_finished) == (0, 1, False)

    measured.watch("ada")
    wait_until(lambda: measured.is_finished)
    assert (measured.latest(), steps.begun) == (2, 3)


def test_it_goes_on_as_long_as_one_of_two_visitors_waits() -> None:
    steps = Steps(2)
    measured = measurement_of(steps)
    measured.watch("ada")
    measured.watch("emmy")
    measured.leave("ada")
    steps.may_go_on.release(2)
    wait_until(lambda: measured.is_finished)


def test_it_rests_when_its_visitor_has_closed_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measurement, "PATIENCE", 0.05)
    steps = Steps(2)
    measured = measurement_of(steps)
    measured.watch("ada")
    wait_until(lambda: steps.begun == 1)
    time.sleep(0.1)
    steps.may_go_on.release(2)
    wait_until(lambda: not measured.is_running)
    assert (measured.n_done, steps.begun) == (1, 1)


class Failing:
    """A measurement of two steps whose second fails the first time, as when memory runs out."""

    def __init__(self) -> None:
        self.begun = 0

    def begin(self) -> tuple[Iterator[int], int]:
        self.begun += 1
        return self.steps(fails=self.begun == 1), 2

    def steps(self, fails: bool) -> Iterator[int]:
        yield 10
        if fails:
            raise MemoryError
        yield 11


def test_after_a_step_has_failed_nobody_waits_and_whoever_asks_next_begins_anew(
    caplog: pytest.LogCaptureFixture,
) -> None:
    failing = Failing()
    measured = Measurement(failing.begin, threading.Lock())
    measured.watch("ada")
    wait_until(lambda: not measured.is_running)
    assert measured.has_broken_off
    assert not measured.is_watched_by("ada")
    assert (measured.latest(), measured.n_done) == (10, 1)
    assert "MemoryError" in caplog.text

    measured.watch("emmy")
    wait_until(lambda: measured.is_finished)
    assert (measured.latest(), measured.n_done, measured.has_broken_off, failing.begun) == (11, 2, False, 2)


def test_the_page_says_that_a_measurement_broke_off_and_offers_to_begin_it_again() -> None:
    app = AppTest.from_function(_page)
    app.session_state["measured"] = measured = Measurement(Failing().begin, threading.Lock())
    app.run().button[0].click().run()
    wait_until(lambda: not measured.is_running)
    app.run()
    assert [error.value for error in app.error] == ["This broke off after 1 of 2 steps; the server's log says why."]
    assert not app.exception
    assert [button.label for button in app.button] == ["Measure"]
    app.button[0].click().run()
    wait_until(lambda: measured.is_finished)
    app.run()
    assert not app.error
    assert app.markdown[-1].value == "11"


def _page() -> None:
    import streamlit as st

    from pages.frame.measuring import keep_looking, progress

    def section() -> None:
        result = progress(st.session_state["measured"], "Measure", "steps", "here")
        st.write(str(result))

    keep_looking(section, "here")


class BegunAnewMeanwhile(Measurement[int]):
    """A measurement that broke off after two steps, and that another visitor begins anew just after it was read."""

    n_steps = None
    n_done = 2
    is_finished = False
    has_broken_off = False

    def is_watched_by(self, visitor: str) -> bool:
        return True


def test_progress_is_drawn_also_if_another_visitor_begins_anew_while_it_is_read() -> None:
    app = AppTest.from_function(_page)
    app.session_state["measured"] = BegunAnewMeanwhile(lambda: (iter(()), 0), threading.Lock())
    app.session_state["visitor"] = "ada"
    app.run()
    assert not app.exception
    assert [button.label for button in app.button] == ["Stop"]


def test_one_step_runs_at_a_time_on_a_server() -> None:
    first, second, store = Steps(1), Steps(1), Measurements()
    for name, steps in (("first", first), ("second", second)):
        store.of(name, lambda steps=steps: (iter(steps), 1)).watch("ada")
    wait_until(lambda: first.begun + second.begun == 1)
    time.sleep(0.05)
    assert first.begun + second.begun == 1
    first.may_go_on.release()
    second.may_go_on.release()
    wait_until(lambda: first.begun + second.begun == 2)


def test_two_visitors_of_one_question_share_its_measurement_and_the_store_is_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(measurement, "MOST_KEPT", 2)
    store = Measurements()

    def of(key: str) -> Measurement[int]:
        return store.of(key, lambda: (iter(()), 1))

    first = of("first")
    assert of("first") is first
    of("second")
    of("third")
    assert of("first") is not first
