"""What breaks while people talk. Each runs for `seconds`, or a moment longer so that the last rings are lost too."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import redis

from imsite.localservers import Node
from imsite.localservers.program import Program

from .servers import Cluster

EVERY = 3  # seconds from one kill to the next
LONGER = 0.5  # seconds that the last outage goes on after the last message


class Clock:
    """Seconds since the people began to talk."""

    def __init__(self):
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()

    @property
    def now(self) -> float:
        return self._loop.time() - self._began

    async def until(self, moment: float) -> None:
        await asyncio.sleep(moment - self.now)


@asynccontextmanager
async def killed(server: Program) -> AsyncIterator[None]:
    """SIGKILL, and it is started again afterwards."""
    await asyncio.to_thread(server.kill)
    yield
    await started(server)


async def started(server: Program) -> None:
    """Start it; returns when it answers."""
    await asyncio.to_thread(server.start)
    if isinstance(server, Node):
        await asyncio.to_thread(server.wait_ready)


@asynccontextmanager
async def frozen(server: Program) -> AsyncIterator[None]:
    """SIGSTOP: connections stay, and nobody answers."""
    server.freeze()
    yield
    server.thaw()


async def nodes_killed(cluster: Cluster, seconds: float) -> None:
    """Turn by turn, each started again at once, as a supervisor would."""
    clock = Clock()
    for turn, moment in enumerate(range(1, int(seconds), EVERY)):
        await clock.until(moment)
        async with killed(cluster.nodes[turn % len(cluster.nodes)]):
            pass


async def nodes_stopped(cluster: Cluster, seconds: float) -> list[int]:
    """SIGTERM, one after the other; what they return."""
    clock, codes = Clock(), []
    for turn, node in enumerate(cluster.nodes[:2]):
        await clock.until(1 + turn * seconds / 2)
        process = node.process
        node.terminate()
        codes.append(await asyncio.to_thread(process.wait, 20))
        await started(node)
    return codes


class Outages:
    """When Redis was away: it is, twice, for a third of the time and then beyond the end."""

    def __init__(self, seconds: float):
        self._plan = ((seconds / 6, seconds / 2), (seconds * 2 / 3, seconds + LONGER))
        self.moments: list[tuple[float, float]] = []  # from, to, on the loop's clock

    async def run(self, away, server: Program) -> None:
        clock = Clock()
        loop = asyncio.get_running_loop()
        for start, end in self._plan:
            await clock.until(start)
            async with away(server):
                began = loop.time()
                await clock.until(end)
                self.moments.append((began, loop.time()))


async def connections_cut(
    redis_url: str, seconds: float, *, kinds: Sequence[str] = ("pubsub", "normal"), every: float = 0.3
) -> None:
    """Redis drops everybody who listens, and everybody who publishes, turn by turn, every so many seconds."""
    clock, turn = Clock(), 0
    with redis.Redis.from_url(redis_url) as client:
        while clock.now < seconds + LONGER:
            kind = kinds[turn % len(kinds)]
            await asyncio.to_thread(client.execute_command, "CLIENT", "KILL", "TYPE", kind)
            turn += 1
            await asyncio.sleep(every)
