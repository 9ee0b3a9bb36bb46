"""The ways of plan.py, carried out: each has broken something when it is entered, and mended it when it is left."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from math import inf

from imsite.localservers import Node, NotReady, Postgres

from .faults import connections_cut, frozen, killed, started
from .nuisances import flooding, unread
from .plan import Fault
from .servers import Cluster
from .talk import Talk

DEVICES = 20  # that read nothing


def carry_out(fault: Fault, talk: Talk, cluster: Cluster | None) -> tuple[str, AbstractAsyncContextManager]:
    """What it is called while it lasts, and the thing itself. Without a cluster there are only faults of clients."""
    if fault.way == "slow devices":
        accounts = [person.account for person in talk.people[:DEVICES]]
        return f"{len(accounts)} devices read nothing", unread(accounts, talk.nodes)
    if fault.way == "flooding clients":
        return f"{len(talk.flooders)} clients send without end", flooding(talk.flooders)
    holds = Counter(person.record.visits[-1].node for person in talk.everybody)
    node = max(cluster.nodes, key=lambda node: holds[node.name])
    known = {
        "node killed": (f"node {node.name} is killed", killed, node),
        "node frozen": (f"node {node.name} is frozen", frozen, node),
        "rolling restart": ("all nodes are restarted, one by one", _rolled, cluster.nodes),
        "Redis killed": ("Redis is killed", killed, cluster.redis),
        "Redis frozen": ("Redis is frozen", frozen, cluster.redis),
        "Redis cuts off": ("Redis cuts all connections, again and again", _cut, cluster.redis.url),
        "PostgreSQL crash": ("PostgreSQL is ended at once and started again", _restarted, cluster.postgres),
        "PostgreSQL away": ("PostgreSQL is away", killed, cluster.postgres),
    }
    name, way, what = known[fault.way]
    return name, way(what)


@asynccontextmanager
async def _cut(redis_url: str) -> AsyncIterator[None]:
    cutting = asyncio.create_task(connections_cut(redis_url, inf))
    yield
    cutting.cancel()
    await asyncio.gather(cutting, return_exceptions=True)


@asynccontextmanager
async def _restarted(postgres: Postgres) -> AsyncIterator[None]:
    await asyncio.to_thread(postgres.restart_immediate)
    yield


@asynccontextmanager
async def _rolled(nodes: list[Node]) -> AsyncIterator[None]:
    """SIGTERM, and started again before the next one's turn, as a deployment does it."""
    for node in nodes:
        process = node.process
        await asyncio.to_thread(node.stop)
        await started(node)
        if process.returncode:
            raise NotReady(f"node {node.name} was told to stop, and ended with {process.returncode}")
    yield
