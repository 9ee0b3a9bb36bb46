"""Who hears first that the process is to end: we, then the server."""

import asyncio
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from chat import lifespan as module
from chat.lifespan import lifespan


class FakeRuntime:
    def __init__(self):
        self.happened = []
        self.drained = asyncio.Event()

    def current(self, *, address):
        self.happened.append("started")
        return self

    async def finish_within(self, seconds):
        self.happened.append("bye")
        await self.drained.wait()

    async def stop(self, *, within):
        self.happened.append(f"stopped within {within:g}")


class Server:
    """Starts the application, and ends when it is told by a signal, as ASGI servers do."""

    def __init__(self, happened: list):
        self._happened = happened
        self._messages = asyncio.Queue()
        self._started = asyncio.Event()
        self.told = asyncio.Event()

    def handle(self, number, frame):
        self._happened.append("server told")
        self.told.set()

    async def start(self):
        self._messages.put_nowait({"type": "lifespan.startup"})
        self._running = asyncio.create_task(lifespan({"type": "lifespan"}, self._messages.get, self._send))
        await self._started.wait()

    async def stop(self):
        self._messages.put_nowait({"type": "lifespan.shutdown"})
        await self._running

    async def _send(self, message):
        self._happened.append(message["type"])
        self._started.set()


@pytest.fixture
def runtime(monkeypatch):
    fake = FakeRuntime()
    monkeypatch.setattr(module, "runtime", fake)
    return fake


@pytest.fixture
async def server(runtime):
    server = Server(runtime.happened)
    before = {number: signal.signal(number, server.handle) for number in module.SIGNALS}
    await server.start()
    yield server
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", module.SIGNALS)
async def test_bye_is_said_before_the_server_is_told(server, runtime, number):
    signal.raise_signal(number)
    runtime.drained.set()
    async with asyncio.timeout(5):
        await server.told.wait()
    await server.stop()
    assert runtime.happened == [
        *(
            "started",
            "lifespan.startup.complete",
            "bye",
            "server told",
            "stopped within 0",
            "lifespan.shutdown.complete",
        )
    ]


async def test_a_second_signal_is_the_servers_at_once(server, runtime):
    signal.raise_signal(signal.SIGTERM)
    await asyncio.sleep(0)
    signal.raise_signal(signal.SIGTERM)
    async with asyncio.timeout(5):
        await server.told.wait()
    runtime.drained.set()
    await server.stop()
    assert runtime.happened[2:4] == ["bye", "server told"]


async def test_the_server_gets_its_handlers_back(server, runtime):
    await server.stop()
    assert {signal.getsignal(number) for number in module.SIGNALS} == {server.handle}
    assert "bye" not in runtime.happened


def test_a_server_in_a_thread_runs_without_signals(monkeypatch, caplog):
    async def run():
        fake = FakeRuntime()
        monkeypatch.setattr(module, "runtime", fake)
        server = Server(fake.happened)
        await server.start()
        await server.stop()
        return fake.happened

    with ThreadPoolExecutor(1) as thread:
        happened = thread.submit(lambda: asyncio.run(run())).result()
    assert happened == ["started", "lifespan.startup.complete", "stopped within 15", "lifespan.shutdown.complete"]
    assert "runs in a thread" in caplog.text
