"""A socket that closes is read on, though not for ever: the answer of the client is behind what it sent before."""

import pytest

from chat import sockets


class Transport:
    def __init__(self):
        self.calls = []

    def resumeProducing(self):
        self.calls.append("resumed")

    def abortConnection(self):
        self.calls.append("aborted")


@pytest.fixture
def closing(monkeypatch):
    """One that was read no further, since the application was behind, when it was closed."""
    socket = sockets.NodeWebSocket()
    socket.transport = Transport()
    socket.client_addr = None
    socket.paused = True
    socket.state = socket.STATE_OPEN
    socket.sent = []
    monkeypatch.setattr(sockets.WebSocketProtocol, "sendCloseFrame", lambda self, **frame: self.sent.append(frame))
    monkeypatch.setattr(socket, "_dataReceived", lambda data: None)
    socket.serverClose(4000)
    return socket


def test_it_is_read_on(closing):
    assert closing.transport.calls == ["resumed"]
    assert closing.sent[0]["code"] == 4000


def test_what_comes_is_for_nobody(closing):
    closing.onMessage(b"{}", False)  # there is no queue any more that it could go into


def test_one_that_goes_on_sending_is_cut_off(closing):
    for _ in range(16):
        closing.dataReceived(b"x" * 65_536)
    assert "aborted" not in closing.transport.calls
    closing.dataReceived(b"x")
    assert "aborted" in closing.transport.calls


@pytest.mark.parametrize("state", ["STATE_CLOSING", "STATE_CLOSED"])
def test_who_has_just_left_is_told_nothing(state):
    socket = sockets.NodeWebSocket()
    socket.state = getattr(socket, state)
    socket.serverSend("too late")
