"""One socket of Daphne's as a node needs it: bounded in both directions, and closed without losing its last words.

Daphne itself queues without bound both ways: what the application sends to a client that reads nothing, and what a
client sends to an application that is busy.
"""

import asyncio
import fcntl
import struct
import termios
from time import monotonic

from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from django.conf import settings
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from .protocol import Close

QUEUED_FRAMES = 8  # frames that may wait for the application before the socket is read no further
# Bytes that one turn of the loop reads from one socket. Twisted's own 64 KiB are hundreds of small frames: a few that
# never stop would keep everybody else waiting for as long as it takes to answer them.
READ_AT_ONCE = 8_192
LARGEST_MESSAGE = 1_048_576  # bytes; above it the frame is not even assembled. IM_FRAME_BYTES is checked after
# Bytes in which the answer to our close is looked for. A flood goes on long after it; to take it apart costs as much
# as to hear it. Then the end comes by CLOSING.
LAST_WORDS = 131_072
CLOSING = 1  # seconds that a client has to answer our close, from when it has got it


@implementer(IPushProducer)
class Outlet:
    """Told by the transport when its buffer is full and when it has drained; senders wait here meanwhile."""

    __slots__ = ("_drained",)

    def __init__(self):
        self._drained: asyncio.Event | None = None  # while it is full: thousands of connections never are

    @property
    def is_open(self) -> bool:
        return self._drained is None

    def pauseProducing(self) -> None:
        self._drained = self._drained or asyncio.Event()

    def resumeProducing(self) -> None:
        if self._drained is not None:
            self._drained.set()
            self._drained = None

    stopProducing = resumeProducing

    async def wait(self, seconds: float) -> bool:
        """False if the client has not read for so long."""
        try:
            async with asyncio.timeout(seconds):
                while self._drained is not None:
                    await self._drained.wait()
        except TimeoutError:
            return False
        return True


def unreceived(transport) -> int:
    """Bytes that we wrote and the client's machine has not acknowledged."""
    waiting = len(transport.dataBuffer) - transport.offset + transport._tempDataLen
    on_the_way = fcntl.ioctl(transport.getHandle(), termios.TIOCOUTQ, bytes(4))
    return waiting + struct.unpack("i", on_the_way)[0]


class Intake:
    """What came from a client and waits for the application. An asyncio.Queue of a few frames would take 3 kB."""

    __slots__ = ("_in_a_row", "_taker", "_waiting")

    def __init__(self):
        self._in_a_row = 0
        self._waiting: list[dict] = []
        self._taker: asyncio.Future | None = None

    def qsize(self) -> int:
        return len(self._waiting)

    def put_nowait(self, message: dict) -> None:
        self._waiting.append(message)
        if self._taker is not None and not self._taker.done():
            self._taker.set_result(None)

    async def get(self) -> dict:
        """The next one. One at a time may wait for it."""
        self._in_a_row += 1
        if self._in_a_row > QUEUED_FRAMES:  # whoever has always something waiting lets the others have their turn
            self._in_a_row = 0
            await asyncio.sleep(0)
        while not self._waiting:
            self._in_a_row = 0
            self._taker = asyncio.get_running_loop().create_future()
            await self._taker
        return self._waiting.pop(0)


def text_header(size: int) -> bytes:
    """The header of an unmasked, unfragmented text frame (RFC 6455, 5.2)."""
    if size < 126:
        return bytes((0x81, size))
    if size < 65_536:
        return b"\x81\x7e" + size.to_bytes(2)
    return b"\x81\x7f" + size.to_bytes(8)


class NodeWebSocket(WebSocketProtocol):
    """One socket, with a bound on what waits in either direction."""

    outlet: Outlet | None = None
    paused = False
    heard_at = 0.0
    closing_since = 0.0
    heard_while_closing = 0  # bytes

    def connectionMade(self):
        super().connectionMade()
        self.factory.server_class.sockets.add(self)

    def connectionLost(self, reason):
        self.factory.server_class.sockets.discard(self)
        super().connectionLost(reason)

    def serverAccept(self, subprotocol=None):
        super().serverAccept(subprotocol)
        self.heard_at = monotonic()
        self.outlet = Outlet()
        self.transport.bufferSize = READ_AT_ONCE
        self.transport.unregisterProducer()  # the HTTP channel that this connection was before
        self.transport.registerProducer(self.outlet, True)

    def dataReceived(self, data):
        """As autobahn's, without the text that it composes for its log, whether or not anybody logs."""
        self.heard_at = monotonic()  # a frame, a pong, or a part of one
        if self.closing_since:
            self.heard_while_closing += len(data)
            if self.heard_while_closing > LARGEST_MESSAGE:
                self.transport.abortConnection()
            if self.heard_while_closing > LAST_WORDS:
                return
        self._dataReceived(data)

    @property
    def can_write(self) -> bool:
        """Whether a frame may go straight to the transport."""
        return self.outlet is not None and self.state == self.STATE_OPEN and not self.send_queue

    def serverSend(self, content, binary=False):
        """As Daphne's; to a client that has just left, nothing. The application hears of it by a message."""
        if self.state == self.STATE_OPEN:
            super().serverSend(content, binary)

    def write_text(self, text: str) -> None:
        """Write a text frame. autobahn's `sendMessage` has options for everything, and asks for each of them."""
        payload = text.encode()
        self.transport.write(text_header(len(payload)) + payload)

    def _fail_connection(self, code=Close.MALFORMED, reason=""):
        """As autobahn's, which is called for what is no frame: too large, no UTF-8. The code is one of ours."""
        super()._fail_connection(Close.MALFORMED, reason)

    def onMessage(self, payload, isBinary):
        super().onMessage(payload, isBinary)
        if not self.paused and not self.muted and self.application_queue.qsize() >= QUEUED_FRAMES:
            self.paused = True
            self.transport.pauseProducing()

    def onClose(self, wasClean, code, reason):
        if self.outlet:
            self.outlet.resumeProducing()
        super().onClose(wasClean, code, reason)

    def taken(self) -> None:
        """The application took a frame."""
        if self.paused and self.application_queue.qsize() < QUEUED_FRAMES // 2:
            self.paused = False
            self.transport.resumeProducing()

    # The end

    def sendCloseFrame(self, *args, **keywords):
        self.closing_since = self.closing_since or monotonic()
        super().sendCloseFrame(*args, **keywords)

    def serverClose(self, code=None):
        """As Daphne's. From now on nobody takes what comes, but it is read on: the answer to the close is behind it."""
        super().serverClose(code)
        self.muted = True
        if self.paused:
            self.paused = False
            self.transport.resumeProducing()

    @property
    def unreceived(self) -> int:
        return unreceived(self.transport)

    def onCloseHandshakeTimeout(self):
        """As autobahn's, which cuts off a client that has not even got the close: a slow one gets it, and a second."""
        self.closeHandshakeTimeoutCall = None
        if self.state == self.STATE_CLOSED:
            return
        slow = self.unreceived > 0
        if slow and monotonic() - self.closing_since < settings.IM_SEND_SECONDS:
            self.closeHandshakeTimeoutCall = self.factory.reactor.callLater(CLOSING, self.onCloseHandshakeTimeout)
        else:
            self.wasClean = False
            self.wasNotCleanReason = "it did not answer the close"
            self.dropConnection(abort=slow)  # not for others: it would take from them what they have not read yet


def configured(protocol: type[WebSocketProtocol], factory: WebSocketFactory) -> type[WebSocketProtocol]:
    """A protocol that has the factory's options from birth.

    autobahn copies each of them into each connection (1.5 kB), and composes a text of all of them for its log, whether
    or not anybody logs: a tenth of the time that it took to open one.
    """
    options = {name: getattr(factory, name) for name in protocol.CONFIG_ATTRS}
    options = {name: staticmethod(option) if callable(option) else option for name, option in options.items()}
    return type(protocol.__name__, (protocol,), {**options, "CONFIG_ATTRS": ()})
