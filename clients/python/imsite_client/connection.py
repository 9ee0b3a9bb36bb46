"""One WebSocket, from the upgrade to its end."""

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from .frames import Bye, Frame, build, parse
from .records import Record

OPEN_WITHIN = 10.0  # seconds
FOR_GOOD = frozenset({401, 403})  # HTTP statuses of an upgrade that no other attempt would change


class End(Record, frozen=True):
    """How a connection ended. `code` is the close code, None where it broke; `status` that of a refused upgrade."""

    code: int | None = None
    status: int | None = None
    reason: str = ""
    reconnect_after: float = 0.0

    @property
    def final(self) -> bool:
        """Don't come back until something has changed."""
        return self.status in FOR_GOOD or (self.code is not None and 4500 <= self.code <= 4999)


class Ended(Exception):
    """The connection is over."""

    def __init__(self, end: End):
        super().__init__(end.reason)
        self.end = end


class Connection:
    """`async with Connection(…) as connection`. Everything that ends it is raised as Ended.

    After `heartbeat` seconds in which nothing came it pings, and after as many more the other side counts as dead.
    """

    def __init__(self, url: str, headers: Mapping[str, str], *, heartbeat: float):
        self._connecting = connect(
            url,
            additional_headers=dict(headers),
            open_timeout=OPEN_WITHIN,
            close_timeout=1,
            ping_interval=None,
            compression=None,
            max_size=None,
        )
        self._heartbeat = heartbeat
        self._socket: ClientConnection
        self._bye: Bye | None = None
        self.epoch = ""

    async def __aenter__(self) -> Self:
        try:
            self._socket = await self._connecting
        except InvalidStatus as error:
            status = error.response.status_code
            raise Ended(End(status=status, reason=f"HTTP {status} instead of an upgrade")) from error
        except Exception as error:  # whatever a network, a proxy or a name server can do
            raise Ended(End(reason=f"{type(error).__name__}: {error}")) from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._socket.close()

    async def send(self, type: str, **fields: object) -> None:
        await self.send_text(build(type, **fields))

    async def send_text(self, text: str) -> None:
        try:
            await self._socket.send(text)
        except ConnectionClosed:
            # What was said before the end is still to be read: whoever reads hears how it ended.
            await self._socket.wait_closed()

    async def next(self) -> Frame:
        """The next frame. A `bye` is kept until the close that follows it."""
        while True:
            frame = parse(await self._text(), epoch=self.epoch)
            if not isinstance(frame, Bye):
                return frame
            self._bye = frame

    async def _text(self) -> str | bytes:
        try:
            try:
                async with asyncio.timeout(self._heartbeat):
                    return await self._socket.recv()
            except TimeoutError:
                pass
            async with asyncio.timeout(self._heartbeat):
                await self.send("ping")
                return await self._socket.recv()
        except TimeoutError:
            self.abort()  # who answers no ping answers no goodbye either
            raise Ended(End(reason="no sign of life")) from None
        except ConnectionClosed as closed:
            raise Ended(self._end(closed)) from None

    def abort(self) -> None:
        """Cut it."""
        self._socket.transport.abort()

    def _end(self, closed: ConnectionClosed) -> End:
        if self._bye is not None:
            after = self._bye.reconnect_after or 0.0
            return End(code=self._bye.code, reason=self._bye.reason, reconnect_after=after)
        if closed.rcvd is None:
            return End(reason="the connection broke")
        return End(code=closed.rcvd.code, reason=closed.rcvd.reason)
