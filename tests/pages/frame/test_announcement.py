"""A run of a fragment is announced to the browser only if it takes a while; a whole run at once."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession

from pages.frame import announcement
from pages.frame.announcement import announce_long_runs_only
from pages.frame.warm_start import warm_start

PATIENCE = 0.05


class Session:
    """As much of a visitor's session as the messages pass through."""

    def __init__(self) -> None:
        self._event_loop = asyncio.get_running_loop()
        self.told: list[str] = []

    def enqueue(self, message: ForwardMsg) -> None:
        """What Streamlit does with a message that is sent."""
        kind = message.WhichOneof("type")
        running = message.session_status_changed.script_is_running
        self.told.append(("running" if running else "idle") if kind == "session_status_changed" else str(kind))

    def start(self, *fragment_ids: str) -> None:
        """What Streamlit says at the start of a run."""
        message = ForwardMsg()
        message.new_session.name = "app"
        message.metadata.run.fragment_ids.extend(fragment_ids)
        AppSession._enqueue_forward_msg(self, message)  # type: ignore[arg-type]
        self.say(running=True)

    def say(self, *, running: bool) -> None:
        """What Streamlit says when a run has started or ended."""
        message = ForwardMsg()
        message.session_status_changed.script_is_running = running
        AppSession._enqueue_forward_msg(self, message)  # type: ignore[arg-type]


Told = Callable[[Callable[[Session], Awaitable[None]]], list[str]]


@pytest.fixture(params=[announce_long_runs_only, lambda: (warm_start.clear(), warm_start())], ids=["alone", "in app"])
def told(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Told:
    """Return what a browser was told while this went on, and after it."""
    monkeypatch.setattr(AppSession, "_enqueue_forward_msg", Session.enqueue)
    monkeypatch.setattr(announcement, "SECONDS_UNTIL_ANNOUNCED", PATIENCE)
    request.param()

    def tell(happens: Callable[[Session], Awaitable[None]]) -> list[str]:
        async def all_of_it() -> list[str]:
            session = Session()
            await happens(session)
            await asyncio.sleep(3 * PATIENCE)
            return session.told

        return asyncio.run(all_of_it())

    return tell


def test_a_short_run_of_a_fragment_is_not_announced(told: Told) -> None:
    async def moves(session: Session) -> None:
        for _ in range(3):
            session.start("views")
            session.say(running=False)

    assert told(moves) == ["new_session", "idle"] * 3


def test_a_long_run_of_a_fragment_is_announced_while_it_runs(told: Told) -> None:
    async def long_move(session: Session) -> None:
        session.start("views")
        await asyncio.sleep(3 * PATIENCE)
        session.say(running=False)

    assert told(long_move) == ["new_session", "running", "idle"]


def test_a_whole_run_is_announced_at_once_whatever_ran_before(told: Told) -> None:
    async def move_and_type(session: Session) -> None:
        session.start("views")
        session.say(running=False)
        session.start()
        session.say(running=False)

    assert told(move_and_type) == ["new_session", "idle", "new_session", "running", "idle"]


def test_no_visitor_s_end_of_a_run_is_another_s(told: Told) -> None:
    others: list[Session] = []

    async def two_move(session: Session) -> None:
        others.append(Session())
        session.start("views")
        others[0].start("views")
        others[0].say(running=False)

    assert told(two_move) == ["new_session", "running"]
    assert others[0].told == ["new_session", "idle"]
