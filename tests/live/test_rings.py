"""The doorbell may lose, double and reorder what it likes: every event arrives once and in order."""

import asyncio
from uuid import uuid4

import pytest
from django.db import OperationalError

from messages_store import publish
from messages_store.models import Delivery, Inbox
from messages_store.services import reading, resuming, sending

from .conftest import eventually
from .rigged import Backwards, Kept, all_of_them, heads_only, none_at_all, twice


@pytest.fixture
async def talk(alice, bob, rigged_node, connect):
    """Alice, whose node's rings are rigged, and Bob on a node that hears what is left of them."""
    return await connect(alice, rigged_node), await connect(bob)


@pytest.fixture
def keep(rigged) -> Kept:
    rigged.rule = Kept()
    return rigged.rule


@pytest.mark.usefixtures("never_look")
class TestWithoutTheLook:
    """What arrives here, arrives by the ring."""

    async def test_a_lost_ring_is_refilled_by_the_next_one(self, talk, bob, rigged):
        a, b = talk
        rigged.rule = none_at_all
        for n in range(3):
            await a.tell(f"lost {n}", to=bob.pk)
        rigged.rule = all_of_them
        await a.tell("heard", to=bob.pk)
        assert await b.seqs(4) == [1, 2, 3, 4]
        assert await b.pong() == []

    async def test_every_other_ring_is_lost(self, talk, bob, rigged):
        a, b = talk
        lose = iter([True, False] * 20)
        rigged.rule = lambda message: [] if message["user"] == bob.pk and next(lose) else [message]
        for n in range(40):
            await a.tell(str(n), to=bob.pk)
        assert await b.seqs(40) == list(range(1, 41))

    async def test_a_ring_that_comes_twice_is_heard_once(self, talk, bob, rigged, watch):
        a, b = talk
        reads = watch(resuming, "inbox_pages")
        rigged.rule = twice
        for n in range(5):
            await a.tell(str(n), to=bob.pk)
        assert await b.seqs(5) == [1, 2, 3, 4, 5]
        assert await b.pong() == []
        assert await a.pong() == []
        assert reads.calls == []

    async def test_rings_that_come_again_much_later_are_old(self, talk, bob, rigged, keep):
        a, b = talk
        for n in range(5):
            await a.tell(str(n), to=bob.pk)
        rings = await keep.of(bob, 5)
        for ring in [*rings, *rings[::-1], *rings]:
            await rigged.ring(ring)
        assert await b.seqs(5) == [1, 2, 3, 4, 5]
        assert await b.pong() == []

    async def test_rings_that_overtake_each_other_are_held(self, talk, bob, rigged, settings, watch):
        """In order, and without reading what is on its way."""
        settings.IM_HOLD_SECONDS = 10
        a, b = talk
        reads = watch(resuming, "inbox_pages")
        rigged.rule = Backwards(5)
        for n in range(10):
            await a.tell(str(n), to=bob.pk)
        bodies = [(await b.expect("message"))["message"]["body"] for _ in range(10)]
        assert bodies == [str(n) for n in range(10)]
        assert reads.calls == []

    async def test_what_is_held_for_too_long_is_read_once(self, talk, bob, rigged, keep, watch):
        a, b = talk
        reads = watch(resuming, "inbox_pages")
        for n in range(4):
            await a.tell(str(n), to=bob.pk)
        late, *others = await keep.of(bob, 4)
        for ring in others:
            await rigged.ring(ring)
        assert await b.seqs(4) == [1, 2, 3, 4]
        await rigged.ring(late)
        assert await b.pong() == []
        assert len(reads.calls) == 1

    async def test_more_than_can_be_held_comes_in_order_too(self, talk, bob, rigged, keep):
        a, b = talk
        for n in range(150):
            await a.tell(str(n), to=bob.pk)
        for ring in (await keep.of(bob, 150))[::-1]:
            await rigged.ring(ring)
        seen = []
        while len(seen) < 150:
            seen += await b.seqs(1)
            await b.ack(seen[-1])
        assert seen == list(range(1, 151))

    async def test_a_ring_that_carries_only_the_head_is_read(self, talk, bob, rigged):
        a, b = talk
        rigged.rule = heads_only
        for n in range(3):
            await a.tell(str(n), to=bob.pk)
        assert await b.seqs(3) == [1, 2, 3]

    async def test_more_than_a_ring_can_carry(self, alice, bob, direct, draft, connect, layer, store, monkeypatch):
        """Large messages that were stored in one transaction."""
        monkeypatch.setattr(publish, "RING_BYTES", 1_000)
        b = await connect(bob)
        sent = await store(sending.send, [draft(alice, direct, "x" * 400) for _ in range(10)])
        await publish.ring(layer, sent.events)
        assert await b.seqs(10) == list(range(1, 11))

    async def test_the_own_event_may_ring_before_the_answer(
        self, alice, bob, direct, connect, rigged_node, rigged, keep
    ):
        """The other device's rings for the own inbox come late, doubled and backwards: one frame per seq."""
        phone, desktop = await connect(alice), await connect(alice, rigged_node)
        frames = []
        for n in range(3):
            told = await desktop.tell(f"desktop {n}", conversation=direct.pk)
            await phone.say(f"phone {n}", conversation=direct.pk)
            for ring in (await keep.of(alice, told["seq"]))[::-1] * 2:
                await rigged.ring(ring)
            frames += [await phone.next(), await phone.next()]
            await desktop.expect("message")
        assert [frame["seq"] for frame in frames] == [1, 2, 3, 4, 5, 6]
        assert [frame["type"] for frame in frames] == ["message", "accepted"] * 3
        assert await phone.pong() == []

    async def test_a_send_whose_answer_is_overtaken_by_its_own_ring(self, alice, bob, direct, connect, node):
        """The ring of the sender's own event comes first, and is the answer; then the answer says nothing new."""
        a = await connect(alice)
        (connection,) = node.connections()
        store_batch = node.sender._answer
        rings = []

        def ring_first(batch, sent):
            events = sent.events[alice.pk]
            rings.append(events)
            connection.ring(events, events[-1].seq)
            store_batch(batch, sent)

        node.sender._answer = ring_first
        client_id = str(uuid4())
        await a.say("x", conversation=direct.pk, client_id=client_id)
        await a.say("x", conversation=direct.pk, client_id=client_id)
        assert await a.expect("accepted") == await a.expect("accepted")
        assert await a.pong() == []
        assert rings

    async def test_a_false_head_leads_to_nothing(self, talk, bob, rigged, store):
        """A ring of a transaction that never was. What comes after it is heard as ever."""
        a, b = talk
        await rigged.ring({"type": "inbox.ring", "user": bob.pk, "head": 100, "events": []})
        assert await b.pong() == []
        for n in range(3):
            await a.tell(str(n), to=bob.pk)
        assert await b.seqs(3) == [1, 2, 3]


class TestTheLook:
    """What no ring tells, the look at the heads finds."""

    async def test_the_last_ring_is_lost(self, talk, bob, rigged):
        a, b = talk
        rigged.rule = none_at_all
        for n in range(3):
            await a.tell(str(n), to=bob.pk)
        assert await b.seqs(3) == [1, 2, 3]

    async def test_one_look_asks_for_everybody(self, alice, bob, dora, group, connect, node, start_node, watch, rigged):
        rigged.rule = none_at_all
        devices = [await connect(user) for user in (bob, dora, bob)]
        a = await connect(alice, start_node("deaf", layer=rigged))
        heads = watch(reading, "heads")
        await a.tell("lunch?", conversation=group.pk)
        await node.look()
        assert {frozenset(call["user_ids"]) for _, call in heads.calls} >= {frozenset([bob.pk, dora.pk])}
        for device in devices:
            assert await device.seqs(1) == [1]

    async def test_it_says_nothing_where_nothing_is_new(self, talk, bob, node, watch):
        a, b = talk
        await a.tell("x", to=bob.pk)
        await b.expect("message")
        reads = watch(resuming, "inbox_pages")
        await node.look()
        assert await b.pong() == []
        assert reads.calls == []

    async def test_it_outlives_a_store_that_is_away(self, talk, bob, rigged, node, watch):
        def gone():
            raise OperationalError("gone")

        a, b = talk
        rigged.rule = none_at_all
        heads = watch(reading, "heads")
        heads.before = gone
        await eventually(lambda: len(heads.calls) >= 2)
        heads.before = None
        await a.tell("x", to=bob.pk)
        assert await b.seqs(1) == [1]

    async def test_it_outlives_a_fault_of_ours(self, talk, bob, rigged, node, monkeypatch, caplog):
        broken = []

        def fail(**_arguments):
            broken.append(1)
            monkeypatch.undo()
            raise RuntimeError("a bug")

        a, b = talk
        rigged.rule = none_at_all
        monkeypatch.setattr(reading, "heads", fail)
        await a.tell("x", to=bob.pk)
        assert await b.seqs(1) == [1]
        assert broken
        assert "a bug" in caplog.text
        caplog.clear()


class TestTheInboxItself:
    """What no reading can mend ends the connection, so that the client comes back and learns where it stands."""

    async def test_another_epoch(self, talk, bob, connect, store):
        _, b = talk
        before = b.welcome["epoch"]
        await store(Inbox.objects.filter(pk=bob.pk).update, epoch="restored")
        bye = await b.said_bye()
        assert (bye["code"], bye["reconnect_after"]) == (4000, 0)
        b = await connect(bob, epoch=before, seq=0)
        assert b.welcome["epoch"] == "restored"
        assert b.welcome["resync"] is True

    async def test_the_others_stay_when_one_inbox_was_rebuilt(self, talk, alice, bob, store):
        a, b = talk
        await store(Inbox.objects.filter(pk=bob.pk).update, epoch="restored")
        assert await b.closed() == 4000
        assert await a.pong() == []

    async def test_what_comes_next_was_pruned(self, talk, bob, rigged, store, connect, settings):
        settings.IM_WINDOW = 2
        a, _ = talk
        b = await connect(bob)
        for n in range(6):
            await a.tell(str(n), to=bob.pk)
        assert await b.seqs(2) == [1, 2]

        def prune():
            Inbox.objects.filter(pk=bob.pk).update(floor_seq=4, acked_seq=4)
            Delivery.objects.filter(recipient=bob, seq__lte=4).delete()

        await store(prune)
        await b.ack(2)
        bye = await b.said_bye()
        assert (bye["code"], bye["reconnect_after"]) == (4000, 0)
        b = await connect(bob, seq=2)
        assert b.welcome["resync"] is True


class TestReading:
    """A read that fails is tried again, and tells the client nothing."""

    async def test_the_store_is_away_for_a_moment(self, talk, bob, rigged, watch):
        failures = iter([True] * 3)

        def gone():
            if next(failures, False):
                raise OperationalError("gone")

        a, b = talk
        rigged.rule = heads_only
        watch(resuming, "inbox_pages").before = gone
        await a.tell("x", to=bob.pk)
        assert await b.seqs(1) == [1]
        assert await b.pong() == []

    async def test_a_fault_of_ours(self, talk, bob, rigged, watch, caplog):
        failures = iter([True])

        def fail():
            if next(failures, False):
                raise RuntimeError("a bug")

        a, b = talk
        rigged.rule = heads_only
        watch(resuming, "inbox_pages").before = fail
        await a.tell("x", to=bob.pk)
        assert await b.seqs(1) == [1]
        assert "a bug" in caplog.text
        caplog.clear()

    async def test_a_long_absence_comes_page_by_page(self, alice, bob, direct, draft, connect, store, settings):
        settings.IM_WINDOW = 1_000
        await store(sending.send, [draft(alice, direct, str(n)) for n in range(350)])
        b = await connect(bob)
        assert await b.seqs(350) == list(range(1, 351))
        assert await b.pong() == []

    async def test_news_during_a_refill_come_after_it(self, talk, alice, bob, direct, draft, connect, store, settings):
        settings.IM_WINDOW = 1_000
        a, _ = talk
        await store(sending.send, [draft(alice, direct, str(n)) for n in range(200)])
        b = await connect(bob)
        for n in range(20):
            await a.say(f"new {n}", to=bob.pk)
        assert await b.seqs(220) == list(range(1, 221))
        assert await b.pong() == []


@pytest.mark.usefixtures("never_look")
async def test_who_comes_back_while_the_node_still_lets_go_hears_the_bell(alice, bob, rigged_node, rigged, connect):
    """A layer may take its time to leave a group, and would then leave it after it was joined again."""
    let_go, real = asyncio.Event(), rigged.group_discard

    async def discard(*of):
        await let_go.wait()
        await real(*of)

    rigged.group_discard = discard
    first = await connect(bob, rigged_node)
    leaving = asyncio.create_task(first.leave())
    await eventually(lambda: not rigged_node.connections())
    b, a = await connect(bob, rigged_node), await connect(alice)
    let_go.set()
    await leaving
    await eventually(lambda: rigged_node.connections_of(bob.pk))
    await a.tell("Do you hear me?", to=bob.pk)
    assert (await b.expect("message"))["seq"] == 1
