"""A connection to Redis that is fed whole batches: one write per turn of the event loop, replies by callback.

redis-py takes 50 µs and a task switch per published message. Here only its parser and packer (hiredis) are used.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable
from random import uniform
from typing import Any

import hiredis
from redis.asyncio.connection import SSLConnection, parse_url

logger = logging.getLogger(__name__)

BUFFERED = 8_388_608  # bytes that may wait for a Redis that does not read; what comes beyond is not sent


class RedisLink:
    """Keeps one connection to Redis open, for ever, and tells what arrives.

    `heard` gets every reply. `opened` is called on each connect, before anything else is sent. A Redis that leaves a
    command unanswered for `timeout` seconds counts as lost: the link closes and connects anew.
    """

    def __init__(self, url: str, *, timeout: float, heard: Callable[[Any], None], opened: Callable[[], None]):
        self._url = url
        self._timeout = timeout
        self._heard = heard
        self._opened = opened
        self._wire: Wire | None = None
        self._waiting: list[bytes] = []
        self._keeping = asyncio.create_task(self._keep())

    @property
    def connected(self) -> bool:
        return self._wire is not None

    @property
    def settled(self) -> bool:
        """Whether Redis has answered all that was sent; without a connection nothing is on its way."""
        return self._wire is None or not (self._waiting or self._wire.unanswered > 0)

    def send(self, *command: str | bytes) -> bool:
        """Send a command with all others of this turn of the loop; False if there is no connection to send it on."""
        if self._wire is None or self._wire.buffered > BUFFERED:
            return False
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._flush)
        self._waiting.append(hiredis.pack_command(command))
        return True

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        if self._wire is not None:
            self._wire.write(waiting)

    async def close(self) -> None:
        self._keeping.cancel()
        await asyncio.gather(self._keeping, return_exceptions=True)

    async def _keep(self) -> None:
        """Connect, watch, and connect again."""
        pause = 0.05
        while True:
            try:
                wire = await self._connect()
            except (OSError, TimeoutError, hiredis.HiredisError) as error:
                logger.warning("Redis cannot be reached: %s", error)
                await asyncio.sleep(uniform(pause / 2, pause))  # noqa: S311
                pause = min(pause * 2, 1)
                continue
            pause = 0.05
            try:
                self._wire = wire
                self._opened()
                await self._watch(wire)
            finally:
                self._wire = None
                self._waiting = []
                wire.abort()
            logger.warning("The connection to Redis was lost")

    async def _connect(self) -> "Wire":
        where = parse_url(self._url)
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(self._timeout):
            if "path" in where:
                _, wire = await loop.create_unix_connection(lambda: Wire(self._heard), where["path"])
            else:
                secure = ssl.create_default_context() if where.get("connection_class") is SSLConnection else None
                host, port = where.get("host", "localhost"), where.get("port", 6379)
                _, wire = await loop.create_connection(lambda: Wire(self._heard), host, port, ssl=secure)
            try:
                if "password" in where:
                    name = (where["username"],) if "username" in where else ()
                    await wire.ask("AUTH", *name, where["password"])
            except BaseException:
                wire.abort()
                raise
        return wire

    async def _watch(self, wire: "Wire") -> None:
        """Ask for a sign of life now and then; returns when the connection is lost or no sign comes."""
        while not wire.lost.done():
            before = wire.heard_at
            wire.write([hiredis.pack_command(("PING",))])
            await asyncio.wait({wire.lost}, timeout=self._timeout)
            if wire.heard_at == before:
                return


class Wire(asyncio.Protocol):
    """One TCP connection to Redis."""

    def __init__(self, heard: Callable[[Any], None]):
        self._loop = asyncio.get_running_loop()
        self._reader = hiredis.Reader()
        self._heard = heard
        self._asked: asyncio.Future | None = None
        self._transport: asyncio.Transport
        self.heard_at = 0.0
        self.unanswered = 0  # commands; below zero on a link that hears what others publish
        self.lost = self._loop.create_future()

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        if not self.lost.done():
            self.lost.set_result(None)
        if self._asked and not self._asked.done():
            self._asked.set_exception(ConnectionError("Redis closed the connection"))

    def data_received(self, data: bytes) -> None:
        self.heard_at = self._loop.time()
        self._reader.feed(data)
        try:
            while (reply := self._reader.gets()) is not False:
                self.unanswered -= 1
                if self._asked and not self._asked.done():
                    self._asked.set_result(reply)
                else:
                    self._heard(reply)
        except hiredis.ProtocolError:
            logger.warning("Redis sent something that is not its protocol")
            self.abort()

    @property
    def buffered(self) -> int:
        return self._transport.get_write_buffer_size()

    def write(self, packed: list[bytes]) -> None:
        self.unanswered += len(packed)
        self._transport.write(b"".join(packed))

    async def ask(self, *command: str) -> Any:
        """Send one command and wait for its reply; only before the link is in use."""
        self._asked = self._loop.create_future()
        self.write([hiredis.pack_command(command)])
        reply = await self._asked
        self._asked = None
        if isinstance(reply, Exception):
            raise ConnectionError(str(reply))
        return reply

    def abort(self) -> None:
        self._transport.abort()
