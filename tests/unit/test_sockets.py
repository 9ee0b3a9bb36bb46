"""A socket that closes is read on, though not for ever: the answer of the client is behind what it sent before."""

import socket
from contextlib import closing

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.tcp import Connection

from chat import sockets


class Transport:
    def __init__(self):
        self.calls = []

    def resumeProducing(self):
        self.calls.append("resumed")

    def abortConnection(self):
        self.calls.append("aborted")


@pytest.fixture
def leaving(monkeypatch):
    """One that was read no further, since the application was behind, when it was closed."""
    socket = sockets.NodeWebSocket()
    socket.transport = Transport()
    socket.client_addr = None
    socket.paused = True
    socket.state = socket.STATE_OPEN
    socket.sent = []
    monkeypatch.setattr(sockets.WebSocketProtocol, "sendCloseFrame", lambda self, **frame: self.sent.append(frame))
    socket.looked_at = []
    monkeypatch.setattr(socket, "_dataReceived", socket.looked_at.append)
    socket.serverClose(4000)
    return socket


def test_it_is_read_on(leaving):
    assert leaving.transport.calls == ["resumed"]
    assert leaving.sent[0]["code"] == 4000


def test_what_comes_is_for_nobody(leaving):
    leaving.onMessage(b"{}", False)  # there is no queue any more that it could go into


def test_a_flood_that_goes_on_is_not_taken_apart_any_more(leaving):
    for _ in range(8):
        leaving.dataReceived(b"x" * 65_536)
    assert sum(map(len, leaving.looked_at)) == sockets.LAST_WORDS


def test_one_that_goes_on_sending_is_cut_off(leaving):
    for _ in range(16):
        leaving.dataReceived(b"x" * 65_536)
    assert "aborted" not in leaving.transport.calls
    leaving.dataReceived(b"x")
    assert "aborted" in leaving.transport.calls


@pytest.mark.parametrize("state", ["STATE_CLOSING", "STATE_CLOSED"])
def test_who_has_just_left_is_told_nothing(state):
    socket = sockets.NodeWebSocket()
    socket.state = getattr(socket, state)
    socket.serverSend("too late")


def test_what_a_client_sends_at_once_is_read_in_small_parts(monkeypatch):
    """So that the others have their turns between them."""
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs):
        reader = sockets.NodeWebSocket()
        reader.client_addr, reader.handshake_deferred = None, Deferred()
        reader.transport = Connection(ours, reader, reactor=None)
        reader.serverAccept()
        parts = []
        monkeypatch.setattr(reader, "_dataReceived", parts.append)
        theirs.sendall(b"x" * 65_536)
        for _ in range(2):
            reader.transport.doRead()
    assert [len(part) for part in parts] == [sockets.READ_AT_ONCE] * 2
