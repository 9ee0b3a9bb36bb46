"""Who is there and who is typing: told to those who may know, and to nobody else."""

import asyncio
import threading

import pytest

from chat import typists
from chat.models import Connection, Node
from chat.models.cluster import ago
from chat.services import connections, nodes, presence
from chat.services.connections import Opening
from messages_store.models import Conversation, Member
from messages_store.services import conversations
from tests.conftest import make_user

from .conftest import NEVER, PATIENCE, eventually
from .rigged import none_at_all


@pytest.fixture(autouse=True)
def calm(settings, fast):
    """No beat but the first, and no grace."""
    settings.IM_BEAT_SECONDS = NEVER
    settings.IM_PRESENCE_GRACE_SECONDS = 0


async def watch_people(device, *users) -> dict[int, tuple]:
    """Watch them; how they are at once."""
    await device.send({"type": "watch", "users": [user.pk for user in users]})
    frames = [await device.expect("presence") for _ in users]
    return {frame["user"]: (frame["online"], frame.get("away", False)) for frame in frames}


async def told(device, user) -> bool:
    """Wait for the next word of this user."""
    frame = await device.expect("presence")
    assert frame["user"] == user.pk
    return frame["online"]


async def test_a_watcher_is_told_at_once_and_on_each_change(alice, bob, direct, connect, node, other_node):
    a = await connect(alice)
    assert await watch_people(a, bob) == {bob.pk: (False, False)}
    b = await connect(bob, other_node)
    assert await told(a, bob) is True
    second = await connect(bob, node)
    await b.leave()
    assert await a.pong() == []
    await second.leave()
    frame = await a.expect("presence")
    assert frame["online"] is False
    assert frame["last_seen"].endswith("Z")


async def test_away_when_all_devices_are_idle(alice, bob, direct, connect):
    a, phone, desktop = await connect(alice), await connect(bob), await connect(bob)
    await watch_people(a, bob)
    await phone.send({"type": "idle", "idle": True})
    await phone.pong()
    await desktop.send({"type": "idle", "idle": True})
    frame = await a.expect("presence")
    assert (frame["online"], frame["away"]) == (True, True)
    await phone.send({"type": "idle", "idle": False})
    frame = await a.expect("presence")
    assert (frame["online"], "away" in frame) == (True, False)


async def test_a_stranger_sees_nobody_and_nothing_change(alice, charlie, connect, store, watch):
    c = await connect(charlie)
    a = await connect(alice)
    await c.send({"type": "watch", "users": [alice.pk, 2**40]})
    frames = [await c.expect("presence") for _ in range(2)]
    assert [(f["online"], f["last_seen"]) for f in frames] == [(False, None)] * 2
    looks = watch(presence, "visible")
    await a.leave()
    await eventually(lambda: looks.calls)
    assert await c.pong() == []


async def test_who_gets_to_know_each_other_gets_to_see_each_other(alice, charlie, connect, store):
    c = await connect(charlie)
    assert await watch_people(c, alice) == {alice.pk: (False, False)}
    await store(conversations.open_direct, user_id=alice.pk, other_id=charlie.pk)
    await connect(alice)
    assert await told(c, alice) is True


async def test_who_parted_is_seen_no_more(alice, bob, direct, connect, store):
    a, b = await connect(alice), await connect(bob)
    assert await watch_people(a, bob) == {bob.pk: (True, False)}
    await store(Member.objects.filter(user=alice).update, left_at=ago(1))
    await b.leave()
    frame = await a.expect("presence")
    assert (frame["online"], frame["last_seen"]) == (False, None)
    await connect(bob)
    assert await a.pong() == []


async def test_a_watch_replaces_the_last_one(alice, bob, dora, group, connect, node):
    a = await connect(alice)
    await watch_people(a, bob)
    await watch_people(a, dora)
    await connect(bob)
    d = await connect(dora)
    assert await told(a, dora) is True
    await watch_people(a)
    await eventually(lambda: not node.watchers._watched)
    await d.leave()
    assert await a.pong() == []


async def test_a_wish_that_comes_while_another_is_granted_is_granted_too(alice, bob, dora, group, connect, watch):
    a = await connect(alice)
    looks, gate = watch(presence, "visible"), threading.Event()
    looks.before = lambda: gate.wait(PATIENCE)
    await a.send({"type": "watch", "users": [bob.pk]})
    await eventually(lambda: looks.calls)
    await a.send({"type": "watch", "users": [dora.pk]})
    assert await a.pong() == []
    gate.set()
    assert (await a.expect("presence"))["user"] == dora.pk


async def test_at_most_two_hundred(alice, connect):
    a = await connect(alice)
    await a.send({"type": "watch", "users": list(range(1, 202))})
    await a.expect_error("invalid")


async def test_only_nodes_with_a_watcher_hear_of_it(alice, bob, direct, connect, node, other_node, monkeypatch):
    heard = {one: [] for one in (node, other_node)}
    for one, rings in heard.items():
        monkeypatch.setattr(one.watchers, "ring", rings.append)
    a = await connect(alice, node)
    await watch_people(a, bob)
    await connect(bob, other_node)
    await eventually(lambda: heard[node])
    assert heard[other_node] == []


async def test_a_lost_ring_is_found_by_the_beat(alice, bob, direct, connect, rigged_node, rigged, settings):
    rigged.rule = none_at_all
    settings.IM_BEAT_SECONDS = 0.2
    a = await connect(alice, rigged_node)
    await watch_people(a, bob)
    b = await connect(bob, rigged_node)
    assert await told(a, bob) is True
    await b.leave()
    assert await told(a, bob) is False


async def test_a_reconnect_within_the_grace_is_not_told(alice, bob, direct, connect, settings, watch):
    settings.IM_PRESENCE_GRACE_SECONDS = 30
    a, b = await connect(alice), await connect(bob)
    await watch_people(a, bob)
    looks = watch(presence, "of")
    await b.leave()
    await eventually(lambda: looks.calls)
    b = await connect(bob)
    await eventually(lambda: len(looks.calls) > 1)
    assert await a.pong() == []


async def test_who_does_not_come_back_is_told_after_the_grace(alice, bob, direct, connect, settings):
    settings.IM_PRESENCE_GRACE_SECONDS = 0.3
    a, b = await connect(alice), await connect(bob)
    await watch_people(a, bob)
    await b.leave()
    assert await told(a, bob) is False


async def test_who_was_away_and_leaves_is_not_told_as_back(alice, bob, direct, connect, settings):
    settings.IM_PRESENCE_GRACE_SECONDS = 0.5
    a, b = await connect(alice), await connect(bob)
    await watch_people(a, bob)
    await b.send({"type": "idle", "idle": True})
    assert (await a.expect("presence"))["away"] is True
    await b.leave()
    assert await told(a, bob) is False


async def test_the_users_of_a_killed_node_turn_offline_when_it_is_swept(alice, bob, direct, connect, node, store):
    dead = await store(nodes.register, name="dead", address="", version="")
    await store(connections.open, node_id=dead, openings=[Opening(id="x", user_id=bob.pk, user_kind="user")])
    a = await connect(alice)
    assert await watch_people(a, bob) == {bob.pk: (True, False)}
    await store(Connection.objects.filter(pk="x").update, seen_at=ago(NEVER * 4))
    await store(Node.objects.filter(pk=dead).update, beat_at=ago(NEVER * 4))
    await eventually(lambda: node.beat._last > 0)  # its first beat is over, and there is no other
    node.beat._steady_since = -NEVER * 4
    await node.beat.look()
    assert await told(a, bob) is False


async def test_nothing_is_left_of_who_has_gone(alice, bob, direct, connect, node):
    a = await connect(alice)
    await watch_people(a, bob)
    await a.leave()
    await eventually(lambda: not node.watchers._watched and not node.watchers._told)


# Typing


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands, until clock.now is changed."""

    class Clock:
        now = 1_000.0

    monkeypatch.setattr(typists, "monotonic", lambda: Clock.now)
    return Clock


async def type_in(device, conversation) -> None:
    await device.send({"type": "typing", "conversation": conversation.pk})


async def test_the_others_are_told_who_types(alice, bob, dora, group, connect, other_node):
    a, b, d, own = await connect(alice), await connect(bob, other_node), await connect(dora), await connect(alice)
    await type_in(a, group)
    for device in (b, d):
        assert await device.next() == {"type": "typing", "conversation": group.pk, "user": alice.pk}
    assert await own.pong() == []


async def test_at_most_once_in_three_seconds_per_writer_and_conversation(
    alice, bob, direct, group, connect, clock, watch
):
    a, b = await connect(alice), await connect(bob)
    asked = watch(presence, "listeners")
    await type_in(a, direct)
    assert (await b.expect("typing"))["conversation"] == direct.pk
    for _ in range(20):
        await type_in(a, direct)
    await type_in(a, group)
    assert (await b.expect("typing"))["conversation"] == group.pk
    assert await b.pong() == []
    clock.now += typists.EVERY
    await type_in(a, direct)
    await b.expect("typing")
    assert len(asked.calls) == 3


async def test_a_stranger_types_for_nobody(alice, bob, charlie, direct, connect, watch):
    a, b, c = await connect(alice), await connect(bob), await connect(charlie)
    asked = watch(presence, "listeners")
    await type_in(c, direct)
    await c.send({"type": "typing", "conversation": 2**40})
    await eventually(lambda: asked.calls)
    assert await c.pong() == await a.pong() == await b.pong() == []


async def test_what_is_remembered_of_typists_is_bounded(alice, node, clock, monkeypatch):
    monkeypatch.setattr(typists, "KEPT", 10)
    for n in range(100):
        clock.now += 1
        node.typists.types(alice.pk, n + 1)
    assert len(node.typists._told) <= 10


async def test_a_crowd_that_watches_itself(connect, node, store):
    """Everybody watches everybody: each is told of each, whatever comes at once."""
    people = await store(lambda: [make_user(f"u{n}") for n in range(12)])
    await store(conversations.create_group, creator=people[0], title="All", members=people[1:])
    assert await store(Conversation.objects.count) == 1
    devices = await asyncio.gather(*map(connect, people))
    for device in devices:
        await device.send({"type": "watch", "users": [person.pk for person in people]})
    for device in devices:
        frames = [await device.expect("presence") for _ in people]
        assert {frame["user"] for frame in frames} == {person.pk for person in people}
        assert all(frame["online"] for frame in frames)
