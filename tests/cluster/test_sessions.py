"""Sessions and presence over three real nodes, with the periods that a deployment has."""

import asyncio
import json
import secrets
import time
from collections.abc import Iterator

import psycopg
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from imsite.localservers import Node
from imsite.proof import Account, Cluster
from imsite.proof.waiting import until

OPTIONS = {"compression": None, "proxy": None, "open_timeout": 20, "close_timeout": 1}
POLICY = "agent:newest_only"
AT_ONCE = 50
PATIENCE = 30  # seconds
STAYS = 5  # seconds; what is to end is looked for every two


@pytest.fixture(scope="module")
def deployment(servers) -> Iterator[Cluster]:
    with servers.other_nodes("one-at-a-time", settings={"IM_SESSION_POLICY": POLICY}) as others:
        yield others


async def hello(node: Node, account: Account, device: str) -> ClientConnection:
    headers = {"Authorization": f"Token {account.token}"}
    socket = await connect(node.ws_url, additional_headers=headers, **OPTIONS)
    await socket.send(json.dumps({"type": "hello", "device": {"id": device, "kind": "bot"}}))
    return socket


async def last_code(socket: ClientConnection) -> int | None:
    """The close code, when it comes."""
    try:
        while True:
            await socket.recv()
    except ConnectionClosed as closed:
        return closed.rcvd and closed.rcvd.code


async def test_fifty_logins_at_once_leave_one(cluster, some_people):
    [dora] = some_people(1)
    with psycopg.connect(cluster.postgres.url()) as database:
        database.execute("UPDATE messages_store_user SET kind = 'agent' WHERE id = %s", [dora.id])
    sockets = await asyncio.gather(*(hello(cluster.nodes[n % 3], dora, f"device {n}") for n in range(AT_ONCE)))
    ends = [asyncio.create_task(last_code(socket)) for socket in sockets]
    async with asyncio.timeout(PATIENCE):
        await until(lambda: sum(end.done() for end in ends) == AT_ONCE - 1)
    (stays,) = [socket for socket, end in zip(sockets, ends, strict=True) if not end.done()]
    await asyncio.sleep(STAYS)
    assert [end.result() for end in ends if end.done()] == [4503] * (AT_ONCE - 1)
    await stays.close()


async def test_the_users_of_a_killed_node_are_offline_within_15_seconds(cluster, some_people):
    alice, bob = some_people(2)
    his = await hello(cluster.nodes[1], bob, "his")
    hers = await hello(cluster.nodes[0], alice, "hers")
    await hers.send(json.dumps({"type": "send", "client_id": secrets.token_hex(16), "to": bob.id, "body": "hi"}))
    await frame(hers, "accepted")
    await hers.send(json.dumps({"type": "watch", "users": [bob.id]}))
    assert (await frame(hers, "presence"))["online"] is True
    cluster.nodes[1].kill()
    killed = time.monotonic()
    assert (await frame(hers, "presence"))["online"] is False
    assert time.monotonic() - killed < 15
    for socket in (his, hers):
        await socket.close()


async def frame(socket: ClientConnection, type: str) -> dict:
    """The next frame of this type."""
    async with asyncio.timeout(30):
        while (found := json.loads(await socket.recv()))["type"] != type:
            pass
    return found
