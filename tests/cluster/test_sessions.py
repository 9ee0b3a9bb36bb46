"""Sessions and presence over three real nodes, with the periods that a deployment has."""

import asyncio
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from imsite.localservers import Node, Postgres, Redis, free_port

ROOT = Path(__file__).resolve().parents[2]
OPTIONS = {"compression": None, "proxy": None, "open_timeout": 20, "close_timeout": 1}
POLICY = "agent:newest_only"


@pytest.fixture(scope="module")
def logs(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("nodes")


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    with Postgres(durable=False) as postgres, Redis() as redis:
        yield {
            "DATABASE_URL": postgres.url(),
            "REDIS_URL": redis.url,
            "SECRET_KEY": secrets.token_urlsafe(50),
            "ALLOWED_HOSTS": "127.0.0.1",
            "HTTPS": "false",
            "IM_SESSION_POLICY": POLICY,
        }


@pytest.fixture(scope="module")
def tokens(environment, logs) -> dict[str, dict]:
    """{username: {"id", "token"}}"""
    path = logs / "tokens.json"
    for command in (["migrate", "--verbosity=0"], ["demo", "--users=3", f"--tokens={path}"]):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=os.environ | environment, check=True)
    return json.loads(path.read_text())


@pytest.fixture
def nodes(environment, tokens, logs, program) -> Iterator[list[Node]]:
    started = [
        Node(free_port(), environment | {"NODE_NAME": name}, logs / name, program=program).start() for name in "abc"
    ]
    try:
        yield [node.wait_ready() for node in started]
    finally:
        for node in started:
            node.terminate()
        for node in started:
            node.stop()


async def hello(node: Node, account: dict, device: str) -> ClientConnection:
    headers = {"Authorization": f"Token {account['token']}"}
    socket = await connect(node.ws_url, additional_headers=headers, **OPTIONS)
    await socket.send(json.dumps({"type": "hello", "device": {"id": device, "kind": "bot"}}))
    return socket


async def last_code(socket: ClientConnection, seconds: float) -> int | None:
    """The close code; None while it is open after so long."""
    try:
        async with asyncio.timeout(seconds):
            while True:
                await socket.recv()
    except TimeoutError:
        return None
    except ConnectionClosed as closed:
        return closed.rcvd and closed.rcvd.code


async def test_fifty_logins_at_once_leave_one(nodes, tokens, environment):
    with psycopg.connect(environment["DATABASE_URL"]) as database:
        database.execute("UPDATE messages_store_user SET kind = 'agent' WHERE username = 'u00001'")
    account = tokens["u00001"]
    sockets = await asyncio.gather(*(hello(nodes[n % 3], account, f"device {n}") for n in range(50)))
    codes = await asyncio.gather(*(last_code(socket, 10) for socket in sockets))
    assert sorted(map(str, codes)) == ["4503"] * 49 + ["None"]
    (stays,) = [socket for socket, code in zip(sockets, codes, strict=True) if code is None]
    await stays.close()


async def test_the_users_of_a_killed_node_are_offline_within_15_seconds(nodes, tokens):
    watcher, victim = tokens["u00002"], tokens["u00003"]
    his = await hello(nodes[1], victim, "his")
    hers = await hello(nodes[0], watcher, "hers")
    await hers.send(json.dumps({"type": "send", "client_id": secrets.token_hex(16), "to": victim["id"], "body": "hi"}))
    await frame(hers, "accepted")
    await hers.send(json.dumps({"type": "watch", "users": [victim["id"]]}))
    assert (await frame(hers, "presence"))["online"] is True
    nodes[1].kill()
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
