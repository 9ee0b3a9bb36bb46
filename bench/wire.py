"""A WebSocket client of little more than an asyncio.Protocol, so that the generator is not what is measured."""

import asyncio
import base64
import hashlib
import os
import socket
from collections.abc import Callable
from urllib.parse import urlsplit

from bench import frames

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Refused(Exception):
    """The server did not answer the handshake with 101."""


class Wire(asyncio.Protocol):
    """One connection. `on_texts` gets the text frames of each read as one list; `on_lost` the reason of the end."""

    def __init__(self, request: bytes, key: bytes, on_texts: Callable[[list[bytes]], None]) -> None:
        self._request = request
        self._accept = base64.b64encode(hashlib.sha1(key + GUID, usedforsecurity=False).digest())
        self._on_texts = on_texts
        self.on_lost: Callable[[str], None] = lambda reason: None
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._head: bytes | None = b""
        self._parser = frames.Parser()
        self._reason = "the connection broke"
        self._may_write = asyncio.Event()
        self._may_write.set()

    def send(self, payload: bytes) -> None:
        self._transport.write(frames.build(payload))

    def close(self) -> None:
        self.on_lost = lambda reason: None
        self._transport.write(frames.build((1000).to_bytes(2, "big"), frames.CLOSE))
        self._transport.close()

    def write(self, data: bytes) -> None:
        """Frames that are built already."""
        self._transport.write(data)

    async def drained(self) -> None:
        """Wait until the server has read enough of what was written, or is gone."""
        await self._may_write.wait()

    def pause_writing(self) -> None:
        self._may_write.clear()

    def resume_writing(self) -> None:
        self._may_write.set()

    def abort(self) -> None:
        """Without a close: as if the cable was cut."""
        self.on_lost = lambda reason: None
        self._transport.abort()

    def read_nothing(self) -> None:
        """Leave what comes in the kernel's buffer, which is made small."""
        self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        self._transport.pause_reading()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        if self._head is not None:
            data = self._handshake(data)
        texts = []
        for opcode, payload in self._parser.feed(data) if data else ():
            if opcode == frames.TEXT:
                texts.append(payload)
            elif opcode == frames.PING:
                self._transport.write(frames.build(payload, frames.PONG))
            elif opcode == frames.CLOSE:
                self._reason = f"closed with {int.from_bytes(payload[:2], 'big')}"
                self._transport.close()
        if texts:
            self._on_texts(texts)

    def connection_lost(self, error: Exception | None) -> None:
        self._may_write.set()
        if not self.opened.done():
            self.opened.set_exception(Refused(self._reason))
        self.on_lost(self._reason)

    def _handshake(self, data: bytes) -> bytes:
        """Takes the answer to the upgrade off the stream; returns what follows it."""
        head, end, rest = (self._head + data).partition(b"\r\n\r\n")
        if not end:
            self._head = head
            return b""
        self._head = None
        if not head.startswith(b"HTTP/1.1 101") or self._accept not in head:
            self._reason = head.split(b"\r\n", 1)[0].decode("latin-1")
            self._transport.close()
            return b""
        self.opened.set_result(None)
        return rest


async def connect(url: str, headers: dict[str, str], on_texts: Callable[[list[bytes]], None]) -> Wire:
    """Open ws://host:port/path; returns after the 101."""
    parts = urlsplit(url)
    key = base64.b64encode(os.urandom(16))
    lines = [
        f"GET {parts.path}{'?' + parts.query if parts.query else ''} HTTP/1.1",
        f"Host: {parts.netloc}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key.decode()}",
        "Sec-WebSocket-Version: 13",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    request = "\r\n".join([*lines, "", ""]).encode()
    loop = asyncio.get_running_loop()
    _, wire = await loop.create_connection(lambda: Wire(request, key, on_texts), parts.hostname, parts.port)
    await wire.opened
    return wire
