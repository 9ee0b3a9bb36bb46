"""Newcomers are turned away while those who were let in are still served. On Linux, where this is possible."""

import socket

import pytest

from chat import listener


@pytest.fixture
def listening():
    with socket.create_server(("127.0.0.1", 0), backlog=5) as server:
        yield server


def test_who_was_let_in_stays_and_nobody_comes_any_more(listening):
    address = listening.getsockname()
    with socket.create_connection(address) as early:
        early.sendall(b"asked")
        listener.turn_away(listening)
        with pytest.raises(TimeoutError):
            socket.create_connection(address, timeout=0.3)
        accepted, _ = listening.accept()
        with accepted:
            early.sendall(b" more")
            assert accepted.recv(5, socket.MSG_WAITALL) == b"asked"
            assert accepted.recv(5, socket.MSG_WAITALL) == b" more"
            accepted.sendall(b"answered")
            assert early.recv(8) == b"answered"
    listening.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)
