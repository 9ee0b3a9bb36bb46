"""Daphne as a node needs it: bounded towards clients that do not read or do not stop, and with a clean end."""

import asyncio
import logging
import signal
import socket
from functools import partial

from daphne.server import Server
from django.conf import settings
from twisted.internet import defer, reactor

from . import leaving, runtime
from .answers import Channels, NodeChannel
from .sockets import LARGEST_MESSAGE, Intake, NodeWebSocket, configured

logger = logging.getLogger(__name__)

# Connections that the kernel may hold until we accept them (it takes at most net.core.somaxconn). Beyond that it drops
# what begins, and a client waits for 1, 3, 7, 15 s before it tries again. Twisted's own number is 50.
BACKLOG = 4_096
EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 (what one may bind to; others need a name to come to)


class NodeServer(Server):
    """One node."""

    def __init__(self, application, *, bind: str, port: int):
        super().__init__(
            application,
            endpoints=[f"tcp:port={port}:backlog={BACKLOG}:interface={bind.replace(':', chr(92) + ':')}"],
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
        self.ports = []
        self.channels = Channels()
        self.sockets: set[NodeWebSocket] = set()
        self.draining = False  # new sockets are refused
        self.last_answers = False  # each answer is the last one on its connection
        self._leaving: asyncio.Task | None = None

    def listen_success(self, port):
        super().listen_success(port)
        self.ports.append(port)

    def _ready(self) -> None:
        self.http_factory.protocol = NodeChannel
        self.ws_factory.setProtocolOptions(failByDrop=False)  # a client that did wrong is told so before it is dropped
        self.ws_factory.protocol = configured(NodeWebSocket, self.ws_factory)
        loop = reactor._asyncioEventloop
        # At once, so that the node is ready before the first client comes.
        loop.call_soon(partial(runtime.current, address=self._address))
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._on_signal, number)

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
            if message.get("more_body"):
                await protocol.drained()
            return
        outlet = protocol.outlet
        if outlet is not None and not outlet.is_open and not await outlet.wait(settings.IM_SEND_SECONDS):
            logger.info("A client did not read for %s s: cut off", settings.IM_SEND_SECONDS)
            protocol.transport.abortConnection()
        elif protocol.can_write and message.get("text"):
            protocol.write_text(message["text"])
        else:
            await super().handle_reply(protocol, message)

    # The end

    def _on_signal(self, number: int) -> None:
        """The first signal lets the node finish what it has begun, the second ends it."""
        if self.draining:
            leaving.at_once(f"signal {number} came again", code=128 + number)
        self.draining = True
        self._leaving = asyncio.ensure_future(leaving.leave(self, runtime.current()))

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
