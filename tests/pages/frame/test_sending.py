"""No message of the server waits for the acknowledgment of the one before."""

import socket

import pytest

from pages.frame.sending import send_at_once
from pages.frame.warm_start import warm_start


def sends_at_once(connection: socket.socket) -> bool:
    return bool(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))


@pytest.mark.parametrize("set_up", [send_at_once, lambda: (warm_start.clear(), warm_start())])
def test_connections_are_told_whether_they_were_accepted_before_or_after(set_up: object) -> None:
    assert callable(set_up)
    with socket.socket() as listening:  # made as Streamlit makes its own
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        with socket.create_connection(listening.getsockname()), listening.accept()[0] as before:
            assert not sends_at_once(before)
            set_up()
            assert sends_at_once(before)
        with socket.create_connection(listening.getsockname()), listening.accept()[0] as after:
            assert sends_at_once(after)


def test_a_closed_socket_is_no_obstacle() -> None:
    with socket.socket() as closed:
        closed.close()
        send_at_once()
