"""Nodes whose clocks are an hour fast and an hour slow. Times are the database's, periods are monotonic."""

import asyncio
import json
import re
import urllib.request
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from websockets.asyncio.client import connect

from imsite.localservers import Node
from imsite.localservers.node import SERVE
from imsite.proof.people import Account

from .conftest import BRIEFLY

WRONG = (timedelta(hours=1), timedelta(hours=-1))  # of the first nodes; the last one is right
TOLERANCE = timedelta(minutes=2)
STAMP = re.compile(r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),\d+ ", re.MULTILINE)
TOO_FAR = """
    SELECT id, created_at FROM messages_store_message
    WHERE sender_id = ANY(%s) AND abs(extract(epoch FROM now() - created_at)) > 600
    UNION SELECT id, beat_at FROM chat_node WHERE name LIKE 'clock-%%' AND now() - beat_at > interval '12 s'"""
MINUTES = "SELECT max(send_minute), floor(extract(epoch FROM now()) / 60)::bigint FROM messages_store_inbox"
NODES = "SELECT name, count(*) FROM chat_node WHERE name LIKE 'clock-%' GROUP BY name ORDER BY name"


@pytest.fixture(scope="module")
def seconds() -> float:
    return BRIEFLY


@pytest.fixture(scope="module")
def deployment(servers):
    clocked = [("-m", "tests.cluster.clocked_node", str(wrong.total_seconds()), *SERVE[1:]) for wrong in WRONG]
    with servers.other_nodes("clock", programs=clocked) as others:
        yield others


async def test_nodes_have_a_wrong_clock(cluster, talk, report):
    """Order, times, leases and the sends of a minute are what they are on any other node."""
    async with talk:
        await talk.during()
        figures = await talk.finish()
        found = [(person, datetime.fromisoformat(person.welcome["server_time"])) for person in talk.everybody]
    report(figures)
    assert figures.reconnects == 0
    now = datetime.now(UTC)
    assert [person.record.name for person, said in found if abs(said - now) > TOLERANCE] == []
    with psycopg.connect(cluster.postgres.url()) as database:
        assert database.execute(TOO_FAR, [[person.id for person in talk.everybody]]).fetchall() == []
        counted, minute = database.execute(MINUTES).fetchone()
        assert abs(counted - minute) <= 2
        assert database.execute(NODES).fetchall() == [(node.name, 1) for node in cluster.nodes]
    for node, wrong in zip(cluster.nodes, WRONG, strict=False):
        assert abs(clock_of(node) - now - wrong) < TOLERANCE, "the clock is not wrong at all"


async def test_a_ticket_of_one_clock_opens_a_socket_of_another(cluster, some_people):
    """Presence too is the same everywhere."""
    alice, bob = some_people(2)
    for issuer, opener in ((0, 1), (1, 0)):
        answer = await asyncio.to_thread(ask, cluster.nodes[issuer], alice, "tickets", method="POST")
        async with connect(f"{cluster.nodes[opener].ws_url}?ticket={answer['ticket']}", proxy=None) as socket:
            await socket.send(json.dumps({"type": "hello", "device": {"id": "d", "kind": "bot"}}))
            assert json.loads(await socket.recv())["type"] == "welcome"
            await socket.send(json.dumps({"type": "send", "client_id": str(issuer) * 32, "to": bob.id, "body": "hi"}))
            while json.loads(await socket.recv())["type"] != "accepted":
                pass
            for node in cluster.nodes:
                found = await asyncio.to_thread(ask, node, bob, f"presence?users={alice.id}")
                assert online(found), (node.name, found)


def online(found) -> bool:
    """Whether the one who was asked for is there."""
    (one,) = found["results"] if isinstance(found, dict) else found
    return one["online"]


def ask(node: Node, account: Account, path: str, *, method: str = "GET"):
    request = urllib.request.Request(f"{node.url}/api/v1/{path}", method=method)  # noqa: S310 (our own node)
    request.add_header("Authorization", f"Token {account.token}")
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        return json.load(answer)


def clock_of(node: Node) -> datetime:
    """What time this node last wrote into its log."""
    stamps = STAMP.findall(node.log_path.read_text())
    return datetime.strptime(stamps[-1], "%Y-%m-%d %H:%M:%S").astimezone(UTC)
