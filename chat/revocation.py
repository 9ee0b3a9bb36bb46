"""Closes the connections of who is not signed in any more, whatever way that came about."""

import asyncio
import logging
import time
from collections.abc import Collection, Iterable

from messages_store.services import sign_ins, tokens

from .connection import Connection
from .database import Threads
from .protocol import Close
from .services.proofs import Proof, look_again

logger = logging.getLogger(__name__)

SEEN_EVERY = 300  # seconds
AT_ONCE = 2_000  # connections whose proofs one query looks at
SETTLED = 0.5  # seconds: a request that changes password and session does so in two steps, and is no sign-out


class Revocation:
    """Looks again at what signed each connection in."""

    def __init__(self, *, threads: Threads):
        self._threads = threads
        self._left: set[str] = set()
        self._see_at = time.monotonic() + SEEN_EVERY

    def left(self, connection: Connection) -> None:
        """It may have come and gone between two looks, and its token was used all the same."""
        if connection.proof.token:
            self._left.add(connection.proof.token)

    async def look(self, connections: Iterable[Connection]) -> None:
        """End those whose proof is not good any more: neither now nor a moment later."""
        doubtful = await self._doubtful(connections)
        if doubtful:
            await asyncio.sleep(SETTLED)
        for connection in await self._doubtful(doubtful):
            ids = {"user": connection.user_id, "connection": connection.id}
            logger.info("User %s is signed out: connection %s ends", *ids.values(), extra=ids)
            connection.end(Close.SIGNED_OUT, "You are signed out.")
        await self._see(connections)
        while self._left:
            some = [self._left.pop() for _ in range(min(len(self._left), AT_ONCE))]
            await self._threads.run(tokens.existing, some)

    async def _see(self, connections: Iterable[Connection]) -> None:
        """Who only listens asks for no page: an open socket is a sign of life of its session too."""
        if time.monotonic() < self._see_at:
            return
        self._see_at = time.monotonic() + SEEN_EVERY
        keys = [c.proof.session_key for c in connections if c.proof.session_key and not c.ended]
        for start in range(0, len(keys), AT_ONCE):
            await self._threads.run(sign_ins.see, session_keys=keys[start : start + AT_ONCE])

    async def _doubtful(self, connections: Iterable[Connection]) -> list[Connection]:
        """Those whose proof is gone. Who is still signed in, but by something else, is remembered by that."""
        alive = [connection for connection in connections if not connection.ended]
        doubtful = []
        for start in range(0, len(alive), AT_ONCE):
            some = alive[start : start + AT_ONCE]
            changed = await self._changed({connection.proof for connection in some})
            for connection in some:
                proof = changed.get(connection.proof, connection.proof)
                if proof is None:
                    doubtful.append(connection)
                else:
                    connection.proof = proof
        return doubtful

    async def _changed(self, proofs: Collection[Proof]) -> dict[Proof, Proof | None]:
        return await self._threads.run(look_again, proofs=proofs)
