"""A way to Redis that is as bad as it is told to be: it delays, slices, and breaks off in the middle."""

import asyncio
import contextlib
import random
import socket
import threading
from typing import Self

from imsite.localservers import free_port

SINGLY = 32  # bytes of each chunk that are passed one by one: RESP's headers, and where an item may end


class RedisProxy:
    """Listens on a port of 127.0.0.1, in a thread of its own, and passes everything on to Redis at `port`.

    `delay` are the shortest and the longest seconds that something is on its way, in either direction; what was sent
    first still arrives first. `sliced`: it arrives in pieces of one and a few bytes.
    """

    def __init__(self, port: int):
        self.port = free_port()
        self.delay = (0.0, 0.0)
        self.sliced = False
        self.pieces = 0  # that were passed on while sliced
        self.cuts = 0  # connections that were broken off
        self._redis = port
        self._pipes: set[_Pipe] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="redis-proxy", daemon=True)
        self._listens = threading.Event()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._listens.wait(10):
            raise RuntimeError("The proxy does not listen.")
        return self

    def __exit__(self, *exc: object) -> None:
        self._loop.call_soon_threadsafe(self._serving.cancel)
        self._thread.join()

    def behave(self) -> None:
        """From now on, nothing is wrong with it: where nothing has come since `cut`, nothing is broken off either."""
        self.delay, self.sliced = (0.0, 0.0), False
        for pipe in tuple(self._pipes):
            pipe.cuts = False

    def cut(self) -> None:
        """Break off each connection after a part of what comes next on it."""
        for pipe in tuple(self._pipes):
            pipe.cuts = True

    def _run(self) -> None:
        self._serving = self._loop.create_task(self._serve())
        try:
            self._loop.run_until_complete(self._serving)
        except asyncio.CancelledError:
            self._loop.run_until_complete(self._end())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        async with await asyncio.start_server(self._connected, "127.0.0.1", self.port) as server:
            self._listens.set()
            await server.serve_forever()

    async def _end(self) -> None:
        await asyncio.sleep(0)  # who has just come begins, and ends like the others
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(OSError):
                await self._carry(reader, writer)
        finally:
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_redis, to_redis = await asyncio.open_connection("127.0.0.1", self._redis)
        pipes = {_Pipe(self, reader, to_redis), _Pipe(self, from_redis, writer)}
        self._pipes |= pipes
        tasks = [asyncio.create_task(part) for pipe in pipes for part in (pipe.take(), pipe.give())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._pipes -= pipes
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            to_redis.transport.abort()


class _Pipe:
    """One direction of one connection."""

    def __init__(self, proxy: RedisProxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self.cuts = False
        self._proxy = proxy
        self._reader = reader
        self._writer = writer
        self._on_its_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    async def take(self) -> None:
        """Until the connection ends."""
        now, due = asyncio.get_running_loop().time, 0.0
        while data := await self._reader.read(65_536):
            due = max(due, now() + random.uniform(*self._proxy.delay))
            self._on_its_way.put_nowait((due, data))

    async def give(self) -> None:
        """Until it is broken off."""
        while True:
            due, data = await self._on_its_way.get()
            await asyncio.sleep(due - asyncio.get_running_loop().time())
            if self.cuts and len(data) > 1:
                self._writer.write(data[: random.randrange(1, len(data))])
                await self._writer.drain()
                self._proxy.cuts += 1
                return
            await (self._slice(data) if self._proxy.sliced else self._write(data))

    async def _slice(self, data: bytes) -> None:
        place = 0
        while place < len(data):
            size = 1 if place < SINGLY else random.randrange(1, 200)
            await self._write(data[place : place + size])
            await asyncio.sleep(0)
            place += size
            self._proxy.pieces += 1

    async def _write(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()
