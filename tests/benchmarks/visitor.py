"""A visitor without a browser: speaks Streamlit's websocket protocol, moves a slider, waits for the new screen."""

import asyncio
import time
from typing import final

import streamlit  # noqa: F401  # Streamlit's messages can be imported only after Streamlit itself
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.Slider_pb2 import Slider

FINISHED = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)


@final
class Visitor:
    """One session of a server; every visitor has its own socket, seed and settings."""

    def __init__(self, url: str, query: str, *sliders: str, page: str = "") -> None:
        self.url = f"{url.replace('http', 'ws', 1)}/_stcore/stream"
        self.query = query
        self.page = page
        self.sliders = sliders
        self.known: dict[str, tuple[str, bool]] = {}  # by slider: its id, and whether it takes text
        self.fragment_id = ""
        self.page_hash = ""
        self.bytes_received = 0

    async def arrive(self) -> None:
        """Open the page and wait until its first run is over."""
        self.socket = await websockets.connect(self.url, subprotocols=["streamlit"], max_size=None)  # type: ignore[list-item]
        message = BackMsg()
        message.rerun_script.page_name = self.page
        message.rerun_script.query_string = self.query
        await self.socket.send(message.SerializeToString())
        await self._until_finished()
        if missing := set(self.sliders) - self.known.keys():
            raise RuntimeError(f"The page has no slider {missing}.")

    async def move(self, slider: str, value: int) -> float:
        """Move one slider; return the seconds until the run that it caused is over."""
        message = BackMsg()
        message.rerun_script.query_string = self.query
        message.rerun_script.page_script_hash = self.page_hash
        message.rerun_script.fragment_id = self.fragment_id
        state = message.rerun_script.widget_states.widgets.add()
        state.id, takes_text = self.known[slider]
        if takes_text:
            state.string_array_value.data.append(str(value))
        else:
            state.double_array_value.data.append(value)
        start = time.perf_counter()
        await self.socket.send(message.SerializeToString())
        await self._until_finished()
        return time.perf_counter() - start

    async def leave(self) -> None:
        """Close the session."""
        await self.socket.close()

    async def _until_finished(self) -> None:
        while True:
            raw = await asyncio.wait_for(self.socket.recv(), timeout=60)
            self.bytes_received += len(raw)
            message = ForwardMsg()
            message.ParseFromString(raw)  # type: ignore[arg-type]
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self.page_hash = message.new_session.page_script_hash
            if kind == "delta":
                element = message.delta.new_element
                if element.WhichOneof("type") == "slider" and element.slider.label in self.sliders:
                    is_text = element.slider.type == Slider.SELECT_SLIDER
                    self.known[element.slider.label] = element.slider.id, is_text
                    self.fragment_id = message.delta.fragment_id
                if element.WhichOneof("type") == "exception":
                    raise RuntimeError(f"The page shows an error: {element.exception.message}")
            if kind == "script_finished" and message.script_finished in FINISHED:
                return
