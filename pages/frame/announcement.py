"""The browser is told that a fragment runs only if that takes a while."""

from asyncio import TimerHandle
from weakref import WeakKeyDictionary, WeakSet

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession

SECONDS_UNTIL_ANNOUNCED = 0.2


def announce_long_runs_only() -> None:
    """Let Streamlit say "running" about a fragment when it has run for a while, and not of every move of a control.

    At that word the browser draws every element of the page anew, to show which ones are waiting, and does so before it
    looks at what the move has changed: 13 ms, a sixth of the time from the key press until the new numbers are painted.
    Whole runs are announced at once, as a browser that asked for one waits for the word. The method is Streamlit's own,
    and the version is pinned.
    """
    enqueue = AppSession._enqueue_forward_msg
    in_fragment: WeakSet[AppSession] = WeakSet()
    waiting: WeakKeyDictionary[AppSession, TimerHandle] = WeakKeyDictionary()

    def enqueue_or_wait(session: AppSession, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "new_session":
            (in_fragment.add if message.metadata.run.fragment_ids else in_fragment.discard)(session)
        if kind == "session_status_changed":
            if session in waiting:
                waiting.pop(session).cancel()
            if message.session_status_changed.script_is_running and session in in_fragment:
                later = session._event_loop.call_later
                waiting[session] = later(SECONDS_UNTIL_ANNOUNCED, enqueue, session, message)
                return
        enqueue(session, message)

    AppSession._enqueue_forward_msg = enqueue_or_wait  # type: ignore[method-assign, assignment]
