"""What a page has to say to a browser leaves the server at once."""

import contextlib
import gc
import socket

TCP = {(family, socket.SOCK_STREAM) for family in (socket.AF_INET, socket.AF_INET6)}


def send_at_once() -> None:
    """Let no message wait until the browser has acknowledged the one before (Nagle's algorithm, RFC 896).

    A page is a dozen small messages, so on a network each would wait for the way there and back, and on one host for
    the 40 ms after which an acknowledgment is sent alone. Asyncio sees to it for every socket that says that it speaks
    TCP; Streamlit's says nothing. Connections take the setting from the socket that accepts them, so once is enough;
    those that are open already are told, too.
    """
    for thing in gc.get_objects():
        if issubclass(type(thing), socket.socket) and (thing.family, thing.type) in TCP:
            with contextlib.suppress(OSError):  # closed meanwhile
                thing.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
