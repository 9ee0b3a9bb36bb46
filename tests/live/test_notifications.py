"""Notifications on the way to devices, and which of them were read on the way back."""

import pytest
from django.db import OperationalError

from chat import background
from messages_store import notify, ringing
from messages_store.events import notifications_read
from messages_store.models import Notification
from messages_store.services import notifications, notifying

from .conftest import NEVER, eventually


@pytest.fixture
def tell(store):
    """Notify from plain code: await tell(bob, title="Lunch")."""

    async def tell(*users, title="Lunch", **fields) -> Notification:
        return await store(notify, users, title=title, **fields)

    return tell


@pytest.mark.usefixtures("never_look")
class TestByTheRing:
    async def test_it_rings_at_every_device_on_every_node(self, tell, alice, bob, connect, other_node):
        devices = [await connect(bob), await connect(bob, other_node), await connect(alice, other_node)]
        notification = await tell(alice, bob, url="/menu", body="Soup")
        for device in devices:
            frame = await device.expect("message")
            message = frame["message"]
            assert (frame["seq"], message["id"], message["kind"]) == (1, notification.pk, "notification")
            assert (message["conversation"], message["sender"], message["body"]) == (None, None, "Soup")
            assert message["data"] == {"title": "Lunch", "url": "/menu", "level": "info", "data": None}

    async def test_it_takes_its_place_among_messages(self, tell, alice, bob, connect):
        a, b = await connect(alice), await connect(bob)
        await a.tell("one", to=bob.pk)
        await tell(bob)
        await a.tell("two", to=bob.pk)
        kinds = [(await b.next())["message"]["kind"] for _ in range(3)]
        assert kinds == ["text", "notification", "text"]

    async def test_an_ack_makes_it_sent(self, tell, bob, connect, status_of, node):
        device = await connect(bob)
        await tell(bob)
        await device.ack((await device.expect("message"))["seq"])
        await device.pong()
        await node.recorder.idle.wait()
        assert await status_of(bob) == {1: "sent"}

    async def test_who_is_sender_and_recipient_gets_it_like_everybody(self, tell, alice, bob, connect):
        device = await connect(alice)
        await tell(alice, sender=alice)
        assert (await device.expect("message"))["message"]["sender"] == alice.pk
        accepted = await device.tell("and goes on", to=bob.pk)
        assert accepted["seq"] == 2

    async def test_what_is_read_on_one_device_is_told_to_all(self, tell, bob, connect, other_node):
        one, other = await connect(bob), await connect(bob, other_node)
        ids = [(await tell(bob, title=str(n))).pk for n in range(3)]
        for device in (one, other):
            assert await device.seqs(3) == [1, 2, 3]
        await one.send({"type": "notifications_read", "ids": [ids[2]]})
        for device in (one, other):
            assert await device.expect("notifications_read") == {
                "type": "notifications_read",
                "ids": [ids[2]],
                "unread": 2,
            }
        await other.send({"type": "notifications_read", "up_to": 2})
        for device in (one, other):
            hint = await device.expect("notifications_read")
            assert (hint["ids"], hint["up_to"], hint["unread"]) == ([], 2, 0)

    async def test_what_is_read_by_rest_is_told_too(self, tell, store, bob, connect):
        device = await connect(bob)
        id = (await tell(bob)).pk
        await device.expect("message")
        read = await store(notifications.read, user_id=bob.pk, ids=[id])
        frame = notifications_read(ids=read.ids, up_to=read.up_to, unread=read.unread)
        await store(ringing.hint_after_commit, {bob.pk: [frame]})
        assert (await device.expect("notifications_read"))["unread"] == 0


async def test_the_welcome_counts_what_is_not_read(tell, store, bob, connect):
    ids = [(await tell(bob)).pk for _ in range(3)]
    await store(notifications.read, user_id=bob.pk, ids=ids[:1])
    device = await connect(bob)
    assert (device.welcome["unread_notifications"], device.welcome["unread"]) == (2, 0)
    assert await device.seqs(3) == [1, 2, 3]


async def test_without_any_ring_it_is_found(tell, bob, connect, monkeypatch):
    monkeypatch.setattr(ringing, "_installed", [])
    device = await connect(bob)
    await tell(bob)
    await device.expect("message")


async def test_nobody_reads_for_another(tell, store, alice, bob, connect, node):
    device = await connect(alice)
    id = (await tell(bob)).pk
    await device.send({"type": "notifications_read", "ids": [id], "up_to": 100})
    assert (await device.expect("notifications_read"))["ids"] == []
    assert await store(notifications.unread, user_id=bob.pk) == 1


@pytest.mark.parametrize("fields", [{"ids": [0]}, {"ids": "all"}, {"ids": [1] * 201}, {"up_to": -1}])
async def test_marks_that_make_no_sense_are_refused(bob, connect, fields):
    device = await connect(bob)
    await device.send({"type": "notifications_read", **fields})
    await device.expect_error("invalid")


async def test_marks_wait_for_a_store_that_is_away(tell, store, bob, connect, node, monkeypatch):
    monkeypatch.setattr("chat.notification_marks.AGAIN", 0.02)
    device = await connect(bob)
    await tell(bob)
    await device.expect("message")
    read, attempts = notifications.read, []

    def away(**fields):
        attempts.append(fields)
        if len(attempts) < 6:
            raise OperationalError
        return read(**fields)

    monkeypatch.setattr(notifications, "read", away)
    await device.send({"type": "notifications_read", "up_to": 1})
    assert (await device.expect("notifications_read"))["unread"] == 0


class TestInTheBackground:
    """One process does what elsewhere a worker does."""

    @pytest.fixture(autouse=True)
    def alone(self, settings, monkeypatch):
        settings.IM_WORK_SECONDS = 0.05
        monkeypatch.setattr(background, "is_ours", lambda: True)
        monkeypatch.setattr(notifying, "CHUNK", 1)

    async def test_a_node_without_a_worker_serves_many(self, settings, tell, alice, bob, charlie, connect):
        settings.IM_HEADS_SECONDS = NEVER
        device = await connect(charlie)
        notification = await tell(alice, bob, charlie)
        assert notification.done == 0
        assert (await device.expect("message"))["message"]["id"] == notification.pk

    async def test_work_that_fails_is_tried_again(self, tell, store, bob, alice, monkeypatch, node, caplog):
        serve, attempts = notifying._serve, []

        def fail_once(notification):
            attempts.append(notification)
            if len(attempts) == 1:
                raise ValueError
            return serve(notification)

        monkeypatch.setattr(notifying, "_serve", fail_once)
        notification = await tell(alice, bob)
        await eventually(lambda: len(attempts) >= 3)
        while (await store(Notification.objects.get, pk=notification.pk)).finished_at is None:
            pass
        assert "fails" in caplog.text
        caplog.clear()


async def test_beside_a_worker_a_node_leaves_it_alone(settings, monkeypatch):
    settings.REDIS_URLS = ["redis://one"]
    assert not background.is_ours()
    settings.REDIS_URLS = []
    assert background.is_ours()
