"""A node's lease and its connections' rows, while real nodes run."""

import asyncio
import time

import pytest
from django.db import OperationalError, connection

from chat.models import Connection, LastSeen, Node
from chat.models.cluster import ago
from chat.protocol import Close
from chat.services import connections, nodes
from chat.services.connections import Opening
from messages_store.models import User

from .conftest import NEVER, eventually
from .rigged import none_at_all


@pytest.fixture
def rows(store):
    """The rows of connections, as dictionaries by id."""

    async def read(**where) -> dict[str, dict]:
        found = await store(lambda: list(Connection.objects.filter(**where).values()))
        return {row["id"]: row for row in found}

    return read


@pytest.fixture
def fast_beat(settings):
    settings.IM_BEAT_SECONDS = 0.2


@pytest.fixture
def roomy(transactional_db):
    """Several nodes in one process share one pool of connections to PostgreSQL, which is for one."""
    if connection.vendor == "postgresql":
        connection.pool.resize(0, 60)


@pytest.fixture
def slow_beat(settings):
    """No beat but the first: what happens, was told by a ring."""
    settings.IM_BEAT_SECONDS = NEVER


async def beaten(*started) -> None:
    """Until their first beat is over: another one comes half a beat later at the earliest."""
    await eventually(lambda: all(node.beat._last > 0 for node in started))


@pytest.mark.usefixtures("fast_beat")
async def test_a_node_registers_beats_and_leaves(start_node, store, until):
    node = start_node("one", address="somewhere:8000")
    await until(lambda: Node.objects.exclude(counters={}).exists())
    row = await store(Node.objects.get)
    assert (row.name, row.address, row.draining) == ("one", "somewhere:8000", False)
    assert row.version
    assert {"connections", "stored_per_second", "sends_waiting"} <= set(row.counters)
    await until(lambda: Node.objects.filter(beat_at__gt=row.beat_at).exists())
    await node.stop()
    assert not await store(Node.objects.exists)


async def test_a_stopping_node_says_so_at_once(alice, node, connect, store, until):
    await connect(alice)
    node.drain()  # as `leave` begins; the grace, and byes, come after it
    await until(lambda: Node.objects.filter(draining=True).exists())
    assert node.connections()
    await node.stop()
    assert not await store(Node.objects.exists)


async def test_a_connection_has_its_row_while_it_lasts(alice, connect, rows, until):
    a = await connect(alice, device={"id": "my\0phone", "kind": "ios"})
    ((id, row),) = (await rows()).items()
    assert id == a.welcome["connection"]
    assert (row["user_id"], row["device_id"], row["device_kind"]) == (alice.pk, "myphone", "ios")
    await a.leave()
    await until(lambda: not Connection.objects.exists())
    await until(lambda: LastSeen.objects.filter(user=alice).exists())


@pytest.mark.usefixtures("fast_beat")
async def test_what_changes_is_noted_with_the_beat_and_what_does_not_is_not_written(
    alice, bob, connect, direct, until, watch
):
    a, b = await connect(alice), await connect(bob)
    await a.tell("hello", conversation=direct.pk)
    await b.expect("message")
    await until(lambda: Connection.objects.filter(user=bob, cursor=1, acked=0).exists())
    await b.ack(1)
    await until(lambda: Connection.objects.filter(user=bob, cursor=1, acked=1).exists())
    notes, beats = watch(connections, "note"), watch(nodes, "beat")
    await eventually(lambda: len(beats.calls) >= 3)
    assert notes.calls == []


@pytest.mark.usefixtures("fast_beat")
async def test_last_seen_is_when_the_user_did_something_and_pings_are_nothing(alice, connect, watch, until, store):
    a, beats = await connect(alice), watch(nodes, "beat")
    await store(Connection.objects.update, seen_at=ago(100))
    assert await a.pong() == []
    await eventually(lambda: len(beats.calls) >= 3)
    assert await store(lambda: Connection.objects.filter(seen_at__lt=ago(90)).exists())
    await a.send({"type": "typing", "conversation": 1})
    await until(lambda: Connection.objects.filter(seen_at__gt=ago(90)).exists())


async def test_two_nodes_without_a_store_start_and_find_it_later(start_node, monkeypatch, alice, connect, settings):
    settings.IM_BEAT_SECONDS = 0.1
    real = nodes.register

    def away(**_):
        raise OperationalError("gone")

    monkeypatch.setattr(nodes, "register", away)
    node = start_node("one")
    refused = await connect(alice, node, hello=False)
    await refused.send({"type": "hello"})
    assert await refused.closed() == Close.STORE_UNAVAILABLE
    monkeypatch.setattr(nodes, "register", real)
    await connect(alice, node)


async def test_many_at_once_are_a_few_transactions(store, node, settings, watch):
    """The registrar alone: 5,000 sockets would take the test's time, and it is the transactions that count."""
    settings.IM_CONNECTIONS_PER_USER = 0
    user = await store(User.objects.create, username="many")
    opened = watch(connections, "open")
    openings = [Opening(id=f"{n:032x}", user_id=user.pk, user_kind="user") for n in range(5_000)]
    outcomes = await asyncio.gather(*map(node.registrar.open, openings))
    assert {outcome.refusal for outcome in outcomes} == {None}
    assert len({outcome.device for outcome in outcomes}) == 1
    assert len(opened.calls) <= 5_000 / settings.IM_BATCH + 1
    closed = watch(connections, "close")
    for opening in openings:
        node.registrar.close(opening.id)
    await node.registrar.idle.wait()
    assert len(closed.calls) <= 5_000 / settings.IM_BATCH + 1
    assert not await store(Connection.objects.exists)


async def test_who_leaves_before_its_place_is_written_leaves_nothing(node, store, alice):
    waiting = asyncio.create_task(node.registrar.open(Opening(id="x", user_id=alice.pk, user_kind="user")))
    await asyncio.sleep(0)
    waiting.cancel()
    node.registrar.close("x")
    await node.registrar.idle.wait()
    assert not await store(Connection.objects.exists)


# Lapsing


async def test_a_node_taken_for_dead_registers_anew_with_its_connections(alice, node, connect, rows, store, until):
    a = await connect(alice)
    await beaten(node)
    before = node.lease.id
    await store(Node.objects.update, beat_at=ago(60))
    assert await store(nodes.sweep) == {alice.pk}
    assert not await rows()
    await node.beat.beat()
    assert node.lease.id != before
    assert set(await rows(node=node.lease.id)) == {a.welcome["connection"]}
    assert await a.pong() == []


async def test_a_connection_that_comes_while_the_lease_is_lost_is_in_the_new_one(
    alice, bob, node, connect, rows, store
):
    a = await connect(alice)
    await store(Node.objects.all().delete)
    b = await connect(bob)
    await node.beat.beat()
    assert set(await rows(node=node.lease.id)) == {one.welcome["connection"] for one in (a, b)}


@pytest.mark.usefixtures("fast_beat")
async def test_a_killed_node_is_swept_by_whoever_notices(alice, start_node, connect, until, store):
    start_node("other")
    dead = await store(nodes.register, name="dead", address="", version="")
    await store(connections.open, node_id=dead, openings=[Opening(id="x", user_id=alice.pk, user_kind="user")])
    await until(lambda: not Node.objects.filter(pk=dead).exists())
    assert not await store(Connection.objects.filter(node=dead).exists)


@pytest.mark.usefixtures("slow_beat")
async def test_after_an_outage_of_the_store_nobody_sweeps_who_had_no_time_to_beat(node, other_node, store):
    """Neither before its own first beat after it, nor right behind that. A look may be the first that gets through."""
    await beaten(node, other_node)
    leases, long_ago = {node.lease.id, other_node.lease.id}, 10 * NEVER
    await store(Node.objects.update, beat_at=ago(long_ago))
    node.beat._steady_since = node.beat._last = time.monotonic() - long_ago
    for step in (node.beat.look, node.beat.beat, node.beat.look):
        await step()
        assert await store(lambda: set(Node.objects.values_list("pk", flat=True))) == leases


# Policies


@pytest.mark.usefixtures("slow_beat")
async def test_the_newer_replaces_the_older_by_a_ring(alice, connect, node, other_node, settings):
    settings.IM_SESSION_POLICY = {"user": "newest_only"}
    old = await connect(alice, node, device={"id": "a", "kind": "web"})
    new = await connect(alice, other_node, device={"id": "b", "kind": "web"})
    bye = await old.said_bye()
    assert (bye["code"], bye["reconnect_after"]) == (Close.REPLACED, None)
    assert bye["reason"].endswith(".")
    assert await new.pong() == []


@pytest.mark.usefixtures("fast_beat")
async def test_the_replaced_is_found_by_the_beat_when_the_ring_is_lost(
    alice, connect, node, rigged_node, rigged, settings
):
    settings.IM_SESSION_POLICY = {"user": "newest_only"}
    rigged.rule = none_at_all
    old = await connect(alice, node)
    await connect(alice, rigged_node)
    assert await old.closed() == Close.REPLACED


@pytest.mark.usefixtures("slow_beat")
async def test_without_a_ring_and_without_a_beat_it_would_stay(alice, connect, node, rigged_node, rigged, settings):
    """What the two tests above rely on."""
    settings.IM_SESSION_POLICY = {"user": "newest_only"}
    rigged.rule = none_at_all
    old = await connect(alice, node)
    await connect(alice, rigged_node)
    assert await old.pong() == []


async def test_who_is_refused_is_told_why(alice, connect, node, other_node, settings):
    settings.IM_SESSION_POLICY = {"user": "refuse_new"}
    first = await connect(alice, node, device={"id": "a", "kind": "web"})
    second = await connect(alice, other_node, hello=False)
    await second.send({"type": "hello", "device": {"id": "b", "kind": "ios"}})
    bye = await second.said_bye()
    assert bye["code"] == Close.REPLACED
    assert "stays" in bye["reason"]
    assert await first.pong() == []


@pytest.mark.parametrize("policy", ["newest_only", "one_per_device_kind", "refuse_new"])
@pytest.mark.usefixtures("roomy")
async def test_fifty_simultaneous_logins_on_three_nodes_leave_one(alice, connect, start_node, until, settings, policy):
    settings.IM_SESSION_POLICY = {"user": policy}
    places = [start_node(name) for name in ("one", "two", "three")]
    devices = [await connect(alice, places[n % 3], hello=False) for n in range(50)]
    for n, device in enumerate(devices):
        await device.send({"type": "hello", "device": {"id": f"d{n}", "kind": "ios"}})
    answers = [await device.next() for device in devices]
    await eventually(lambda: sum(len(place.connections()) for place in places) == 1)
    await until(lambda: Connection.objects.count() == 1)
    (stays,) = [one for place in places for one in place.connections()]
    assert not stays.ended
    welcomed = 0
    for device, frame in zip(devices, answers, strict=True):
        if frame["type"] == "welcome" and frame["connection"] == stays.id:
            assert await device.pong() == []
            welcomed += 1
        else:
            last = frame if frame["type"] == "bye" else await device.expect("bye")
            assert last["code"] == Close.REPLACED
    assert welcomed == 1


# Limits


async def test_too_many_connections_are_told_to_come_later(alice, connect, settings):
    settings.IM_CONNECTIONS_PER_USER = 1
    await connect(alice)
    second = await connect(alice, hello=False)
    await second.send({"type": "hello", "device": {"id": "b", "kind": "ios"}})
    assert (await second.expect_error("rate_limited"))["retry_after"] > 0
    bye = await second.said_bye()
    assert bye["code"] == Close.RATE_EXCEEDED
    assert bye["reconnect_after"] > 0


async def test_a_fault_of_ours_leaves_nobody_waiting(alice, connect, watch, caplog):
    def break_down():
        raise ZeroDivisionError

    watch(connections, "open").before = break_down
    a = await connect(alice, hello=False)
    await a.send({"type": "hello"})
    assert await a.closed() == Close.STORE_UNAVAILABLE
    assert "Opening 1 connections failed" in caplog.text
    caplog.clear()
