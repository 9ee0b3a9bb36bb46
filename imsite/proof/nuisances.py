"""Clients that do not behave: the neighbours must not notice."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from websockets.asyncio.client import connect

from .address import Address
from .line import OPTIONS
from .people import Account, Person

PER_SECOND = 2_000  # frames of one flooder: ten times IM_FRAMES_PER_SECOND
AT_ONCE = 0.05  # seconds' worth of them
GIVES_UP = {"busy", "rate_limited"}
BUFFER = 4_096  # bytes that the kernel may take for who reads nothing


class Flooder(Person):
    """Sends far more than it may, gives up what is refused, and is back at once when it is thrown out."""

    hasty = True

    async def flood(self, *, to: int) -> None:
        """For ever."""
        began, turn = time.monotonic(), 0
        while True:
            while turn < (time.monotonic() - began) * PER_SECOND:
                self.say(f"flood {turn}", to=to)
                turn += 1
            await asyncio.sleep(AT_ONCE)

    def _refused(self, frame: dict) -> None:
        if frame["code"] not in GIVES_UP:
            super()._refused(frame)
        elif frame.get("client_id"):
            self.record.said[frame["client_id"]].refused = frame["code"]
        else:
            self._news.set()  # an ack was refused: again


@asynccontextmanager
async def flooding(flooders: Sequence[Flooder]) -> AsyncIterator[None]:
    """Each sends to the next one."""
    others = [*flooders[1:], *flooders[:1]]
    tasks = [asyncio.create_task(one.flood(to=other.id)) for one, other in zip(flooders, others, strict=True)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def unread(accounts: Sequence[Account], nodes: Sequence[Address]) -> AsyncIterator[None]:
    """A further device of each, which says hello and then reads nothing."""
    async with AsyncExitStack() as stack:
        for n, account in enumerate(accounts):
            headers = {"Authorization": f"Token {account.token}"}
            client = await connect(nodes[n % len(nodes)].ws_url, additional_headers=headers, **OPTIONS)
            stack.callback(client.transport.abort)
            client.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
            await client.send(json.dumps({"type": "hello", "device": {"id": "unread", "kind": "bot"}}))
            client.transport.pause_reading()
        yield
