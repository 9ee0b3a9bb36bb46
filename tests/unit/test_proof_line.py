"""How a client hears that it has to go elsewhere."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

from imsite.proof import line
from imsite.proof.address import Remote
from imsite.proof.line import Line

BYE = json.dumps({"type": "bye", "code": 4000, "reason": "", "reconnect_after": 60})


@contextlib.asynccontextmanager
async def node(handler: Callable) -> AsyncIterator[Remote]:
    async with serve(handler, "127.0.0.1", 0) as server:
        yield Remote(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")


async def end_of(*nodes: Remote, **options) -> tuple[int, int | None]:
    """The close code and the code of the bye, of the first connection that ends."""
    ended = asyncio.get_running_loop().create_future()

    def note(code: int, bye: int | None) -> None:
        if not ended.done():
            ended.set_result((code, bye))

    client = Line("token", nodes, hello=lambda: {"type": "hello"}, heard=lambda frame: None, ended=note, **options)
    keeping = asyncio.create_task(client.keep())
    async with asyncio.timeout(10):
        found = await ended
    keeping.cancel()
    return found


class TooLate(connect):
    """The other side has closed before anything can be sent."""

    async def __aenter__(self):
        socket = await super().__aenter__()
        await socket.wait_closed()
        return socket


@pytest.mark.parametrize("connecting", [connect, TooLate])
async def test_a_bye_is_heard_though_hello_came_too_late(monkeypatch, connecting):
    async def refuse(socket: ServerConnection) -> None:
        await socket.send(BYE)
        await socket.close(4000)

    monkeypatch.setattr(line, "connect", connecting)
    async with node(refuse) as stopping:
        assert await end_of(stopping) == (4000, 4000)


async def test_who_answers_no_ping_is_left_for_another_node():
    heard = []

    async def mute(socket: ServerConnection) -> None:
        heard.extend([json.loads(await socket.recv())["type"] for _ in range(2)])
        await socket.wait_closed()

    async with node(mute) as frozen:
        assert await end_of(frozen, heartbeat=0.1) == (line.SILENT, None)
    assert heard == ["hello", "ping"]
