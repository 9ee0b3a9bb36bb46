"""Daphne's side of HTTP: bodies are bounded, and a node that leaves answers who asked and invites to no more."""

import asyncio
import logging
from time import monotonic

from daphne.http_protocol import WebRequest
from django.conf import settings
from twisted.web.http import HTTPChannel

from .sockets import Outlet, unreceived

logger = logging.getLogger(__name__)

SILENT = 1  # seconds. See `Channels.close_silent`
LOOK = 0.05  # seconds from one look at who is left to the next

THROWN_AWAY = 16_777_216  # bytes of a body that is too large which are still read, so that its sender hears why

STOPPING = b'{"code":"busy","message":"This node is stopping: ask another one."}'
TOO_LARGE = b'{"code":"too_large","message":"The body of this request is too large."}'


class NodeRequest(WebRequest):
    """A request, whose answer is the connection's last one when the node is leaving."""

    body_bytes = 0  # that came
    outlet: Outlet | None = None  # of an answer that comes in pieces

    def handleContentChunk(self, data):
        """As Twisted's, which keeps everything, and of which Daphne makes a queue in memory."""
        self.body_bytes += len(data)
        if not self.is_too_large:
            super().handleContentChunk(data)
        elif self.body_bytes > THROWN_AWAY:
            self.channel.transport.abortConnection()

    @property
    def is_too_large(self) -> bool:
        return self.body_bytes > settings.DATA_UPLOAD_MAX_MEMORY_SIZE

    @property
    def is_upgrade(self) -> bool:
        return (self.requestHeaders.getRawHeaders(b"Upgrade") or [b""])[0].lower() == b"websocket"

    def process(self):
        if self.is_too_large:
            return self._refuse(413, TOO_LARGE)
        if self.server.draining and self.is_upgrade:
            return self._refuse(503, STOPPING)
        working = super().process()
        if self.transport is None:  # which is a socket's now
            self.server.channels.discard(self.channel)
        return working

    def _refuse(self, status: int, body: bytes) -> None:
        headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
        self.handle_reply({"type": "http.response.start", "status": status, "headers": headers})
        self.handle_reply({"type": "http.response.body", "body": body})

    def handle_reply(self, message):
        if self.server.last_answers and message["type"] == "http.response.start" and self.channel is not None:
            self.channel.persistent = 0
            self.responseHeaders.setRawHeaders(b"Connection", [b"close"])
        super().handle_reply(message)

    async def drained(self) -> None:
        """After a piece of an answer: until the client has read enough for the next one, or is cut off."""
        if self.finished or self.channel is None:
            return
        if self.outlet is None:
            self.outlet = Outlet()
            self.registerProducer(self.outlet, True)
        while not self.outlet.is_open and self.channel is not None:
            left = unreceived(self.channel.transport)
            if await self.outlet.wait(settings.IM_SEND_SECONDS):
                return
            if self.channel is not None and unreceived(self.channel.transport) >= left:  # slow is not deaf
                logger.info("A client did not read an answer for %s s: cut off", settings.IM_SEND_SECONDS)
                self.channel.transport.abortConnection()
                return

    def finish(self):
        if self.outlet is not None:
            self.unregisterProducer()
        super().finish()

    def connectionLost(self, reason):
        if self.outlet is not None:
            self.outlet.resumeProducing()
        super().connectionLost(reason)


class NodeChannel(HTTPChannel):
    """A connection that speaks HTTP, kept alive from one request to the next."""

    heard_at = 0.0

    def connectionMade(self):
        super().connectionMade()
        self.requestFactory = NodeRequest
        self.heard_at = monotonic()
        self.factory.server.channels.add(self)

    def dataReceived(self, data):
        self.heard_at = monotonic()
        super().dataReceived(data)

    def requestDone(self, request):
        self.heard_at = monotonic()
        super().requestDone(request)

    def connectionLost(self, reason):
        self.factory.server.channels.discard(self)
        super().connectionLost(reason)


class Channels(set[NodeChannel]):
    """All connections of a node that speak HTTP."""

    def close_silent(self) -> None:
        """Close those that nobody asks anything on.

        A request may be on its way to us at that very moment, and would be lost. So who asks often has a second in
        which to ask once more, and to be told by the answer that it was the last. Who was silent for longer, with
        seconds between requests and milliseconds on the way, has hardly one there just then. HTTP leaves no better way.
        """
        now = monotonic()
        for channel in tuple(self):
            if not channel.requests and now - channel.heard_at >= SILENT:
                channel.loseConnection()

    async def empty(self) -> None:
        """Close each as soon as it can be; returns when all are gone."""
        while self:
            self.close_silent()
            await asyncio.sleep(LOOK)
