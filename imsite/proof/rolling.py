"""Rolling restarts: each node in turn is told to stop, ends, and starts again."""

import asyncio
import time
from typing import NamedTuple

from .servers import Cluster, is_ready

LONGEST = 20  # seconds that a node may take to end
NEXT_AFTER = 0.5  # seconds from a node's being ready to the next one's stop, in which clients come to it


class Restart(NamedTuple):
    """How a node ended: its exit code, and how many seconds after SIGTERM."""

    node: str
    code: int
    seconds: float


async def rolling_restarts(cluster: Cluster, *, rounds: int) -> list[Restart]:
    """So many times all of the nodes."""
    return [await _restart(cluster, n) for _ in range(rounds) for n in range(len(cluster.nodes))]


async def _restart(cluster: Cluster, n: int) -> Restart:
    node = cluster.nodes[n]
    process, began = node.process, time.monotonic()
    node.terminate()
    code = await asyncio.to_thread(process.wait, LONGEST)
    ended = Restart(node.name, code, time.monotonic() - began)
    await asyncio.to_thread(node.start)
    await asyncio.to_thread(node.wait_ready)
    async with asyncio.timeout(LONGEST):
        while not await asyncio.to_thread(is_ready, node):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    await asyncio.sleep(NEXT_AFTER)
    return ended
