"""Daphne as a node needs it: bounded towards clients that do not read or do not stop, and with a clean end.

Daphne itself queues without bound both ways: what the application sends to a client that reads nothing, and what a
client sends to an application that is busy.
"""

import asyncio
import logging
import signal
import socket
from functools import partial
from time import monotonic

from daphne.server import Server
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from django.conf import settings
from twisted.internet import defer, reactor
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from . import runtime
from .protocol import Close

logger = logging.getLogger(__name__)

QUEUED_FRAMES = 8  # frames that may wait for the application before the socket is read no further
EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 (what one may bind to; others need a name to come to)
# Bytes that one turn of the loop reads from one socket. Twisted's own 64 KiB are hundreds of small frames: a few that
# never stop would keep everybody else waiting for as long as it takes to answer them.
READ_AT_ONCE = 8_192
# Connections that the kernel may hold until we accept them (it takes at most net.core.somaxconn). Beyond that it drops
# what begins, and a client waits for 1, 3, 7, 15 s before it tries again. Twisted's own number is 50.
BACKLOG = 4_096
LARGEST_MESSAGE = 1_048_576  # bytes; above it the frame is not even assembled. IM_FRAME_BYTES is checked after


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
    paused = deaf = False
    heard_at = 0.0

    def serverAccept(self, subprotocol=None):
        super().serverAccept(subprotocol)
        self.heard_at = monotonic()
        self.transport.bufferSize = READ_AT_ONCE
        self.outlet = Outlet()
        self.transport.unregisterProducer()  # the HTTP channel that this connection was before
        self.transport.registerProducer(self.outlet, True)

    def dataReceived(self, data):
        """As autobahn's, without the text that it composes for its log, whether or not anybody logs."""
        self.heard_at = monotonic()  # a frame, a pong, or a part of one
        self._dataReceived(data)

    @property
    def can_write(self) -> bool:
        """Whether a frame may go straight to the transport."""
        return self.outlet is not None and self.state == self.STATE_OPEN and not self.send_queue

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

    def listen_no_more(self) -> None:
        """A flood goes on while it is told the end, for a second; without this, all of it would be parsed."""
        self.paused = self.deaf = True
        self.transport.pauseProducing()

    def taken(self) -> None:
        """The application took a frame."""
        if self.paused and not self.deaf and self.application_queue.qsize() < QUEUED_FRAMES // 2:
            self.paused = False
            self.transport.resumeProducing()


def configured(protocol: type[WebSocketProtocol], factory: WebSocketFactory) -> type[WebSocketProtocol]:
    """A protocol that has the factory's options from birth.

    autobahn copies each of them into each connection (1.5 kB), and composes a text of all of them for its log, whether
    or not anybody logs: a tenth of the time that it took to open one.
    """
    options = {name: getattr(factory, name) for name in protocol.CONFIG_ATTRS}
    options = {name: staticmethod(option) if callable(option) else option for name, option in options.items()}
    return type(protocol.__name__, (protocol,), {**options, "CONFIG_ATTRS": ()})


class NodeServer(Server):
    """One node."""

    def __init__(self, application, *, bind: str, port: int):
        super().__init__(
            application,
            endpoints=[f"tcp:port={port}:interface={bind.replace(':', chr(92) + ':')}:backlog={BACKLOG}"],
            signal_handlers=False,
            ready_callable=self._ready,
            ping_interval=settings.IM_PING_SECONDS,
            ping_timeout=settings.IM_PING_SECONDS * 1.5,
            websocket_timeout=-1,
            websocket_max_message_size=LARGEST_MESSAGE,
            websocket_max_frame_size=LARGEST_MESSAGE,
            application_close_timeout=settings.IM_SEND_SECONDS,
            server_name="",
        )
        self.failed = False
        self._address = f"{socket.gethostname() if bind in EVERYWHERE else bind}:{port}"
        self._ports = []
        self._stopping: asyncio.Task | None = None

    def listen_success(self, port):
        super().listen_success(port)
        self._ports.append(port)

    def _ready(self) -> None:
        self.ws_factory.setProtocolOptions(failByDrop=False)  # a client that did wrong is told so before it is dropped
        self.ws_factory.protocol = configured(NodeWebSocket, self.ws_factory)
        loop = reactor._asyncioEventloop
        # At once, so that the node is ready before the first client comes.
        loop.call_soon(partial(runtime.current, address=self._address))
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._on_signal)

    def listen_error(self, failure):
        self.failed = True
        super().listen_error(failure)

    # Input

    def create_application(self, protocol, scope):
        """As Daphne's, but a socket learns when the application takes a frame."""
        if not isinstance(protocol, NodeWebSocket):
            return super().create_application(protocol, scope)
        queue = Intake()

        async def receive():
            message = await queue.get()
            protocol.taken()
            return message

        scope.setdefault("asgi", {"version": "3.0"})
        scope["extensions"] = {**scope.get("extensions", {}), "imsite.heard": lambda: protocol.heard_at}
        application = self.application(scope=scope, receive=receive, send=partial(self.handle_reply, protocol))
        if protocol not in self.connections:
            application.close()
            return None
        self.connections[protocol]["application_instance"] = asyncio.ensure_future(application)
        return queue

    # Output

    async def handle_reply(self, protocol, message):
        """As Daphne's, but whoever sends faster than the client reads waits, and a client that never reads is cut."""
        if not isinstance(protocol, NodeWebSocket):
            await super().handle_reply(protocol, message)
            return
        outlet = protocol.outlet
        if outlet is not None and not outlet.is_open and not await outlet.wait(settings.IM_SEND_SECONDS):
            logger.info("A client did not read for %s s: cut off", settings.IM_SEND_SECONDS)
            protocol.transport.abortConnection()
        elif protocol.can_write and message.get("text"):
            protocol.write_text(message["text"])
        else:
            await super().handle_reply(protocol, message)
            if message.get("code") == Close.RATE_EXCEEDED:
                protocol.listen_no_more()

    # The end

    def _on_signal(self) -> None:
        """The first signal lets the node finish what it has begun, the second ends it."""
        if self._stopping is None:
            self._stopping = asyncio.ensure_future(self._stop_politely())
        else:
            self.stop()

    async def _stop_politely(self) -> None:
        logger.info("Stopping: no new connections, at most %s s", settings.IM_DRAIN_SECONDS)
        for port in self._ports:
            port.stopListening()
        try:
            await runtime.stop(within=settings.IM_DRAIN_SECONDS)
        finally:
            self.stop()

    def kill_all_applications(self):
        """As Daphne's, which forgets that a half-received request has no application yet."""
        running = [
            details["application_instance"]
            for details in self.connections.values()
            if "application_instance" in details
        ]
        for application in running:
            application.cancel()
        ended = defer.Deferred.fromFuture(asyncio.gather(*running, return_exceptions=True))
        ended.addErrback(lambda failure: None)
        return ended
