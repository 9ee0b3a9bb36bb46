"""A network that can be cut: a relay in front of a node."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable

from imsite.localservers import free_port


class Wire:
    """Carries bytes to a port until it is cut; then connections end and new ones are refused, until it is mended.

    As a load balancer does, it can lead to another port from some moment on.
    """

    def __init__(self, to: int):
        self.port = free_port()
        self._to = to
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None
        self._ends: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task] = set()
        self._unheard: bytearray | None = None  # what came back since it was hushed, and went nowhere

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "Wire":
        self._thread.start()
        self.mend()
        return self

    def __exit__(self, *_exc) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def cut(self) -> None:
        asyncio.run_coroutine_threadsafe(self._cut(), self._loop).result(10)

    def mend(self) -> None:
        asyncio.run_coroutine_threadsafe(self._mend(), self._loop).result(10)

    def hush(self, *, until: bytes) -> None:
        """From now on the far end hears and its answers are lost; return when one was lost that holds `until`."""
        self._unheard = bytearray()
        end = time.monotonic() + 15
        while until not in self._unheard:
            assert time.monotonic() < end, f"no {until} came"
            time.sleep(0.01)

    def lead_to(self, port: int) -> None:
        """What connects from now on comes out there, and is answered."""
        self._to, self._unheard = port, None

    async def _mend(self) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)

    async def _cut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
            for _ in range(5):  # who was let in just before gets its task, and sees that
                await asyncio.sleep(0)
        for end in self._ends:
            end.transport.abort()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:
            writer.transport.abort()
            return
        ends = {writer, far_writer}
        if self._server is None:  # cut meanwhile
            for end in ends:
                end.transport.abort()
            return
        self._ends |= ends
        await asyncio.gather(carry(reader, far_writer), carry(far_reader, writer, self._swallow))
        self._ends -= ends

    def _swallow(self, data: bytes) -> bool:
        if self._unheard is None:
            return False
        self._unheard += data
        return True


async def carry(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, swallow: Callable[[bytes], bool] = lambda _data: False
) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            if not swallow(data):
                writer.write(data)
                await writer.drain()
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
