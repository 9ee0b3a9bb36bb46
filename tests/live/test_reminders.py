"""A node that has no workers beside it reminds by itself."""

import asyncio
import time

import pytest
from django.conf import settings as site

from messages_store import notifiers
from messages_store.models import Reminder, Worker
from messages_store.notifiers import Notifier
from messages_store.services import receipts, sending
from tests.store.moved import later

PATIENCE = 20  # seconds


class Good(Notifier):
    name = "good"

    def __init__(self):
        self.told = []

    def notify(self, outgoing):
        self.told.append(outgoing.user_id)


@pytest.fixture
def good(monkeypatch, settings) -> Good:
    """The one notifier there is, at a node without Redis."""
    settings.IM_NOTIFIERS, settings.IM_WORK_SECONDS = ["good"], 0.05
    settings.REDIS_URLS = []
    made = Good()
    monkeypatch.setattr(notifiers, "load", lambda: {"good": made})
    return made


async def until(condition) -> None:
    deadline = time.monotonic() + PATIENCE
    while not await condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def test_the_embedded_node_reminds_of_what_waits(good, alice, bob, direct, draft, store, start_node):
    await store(sending.send, [draft(alice, direct)])
    await store(later, seconds=11)
    node = start_node("one")
    await until(lambda: store(Reminder.objects.filter(outcome="sent").exists))
    assert good.told == [bob.pk]
    assert await store(Worker.objects.filter(name=site.NODE_NAME).exists)
    await node.stop()
    assert not await store(Worker.objects.exists)


async def test_what_a_device_acknowledged_meanwhile_it_does_not(
    good, alice, bob, dora, group, draft, store, start_node
):
    await store(sending.send, [draft(alice, group)])
    await store(later, seconds=11)
    await store(receipts.ack, user_id=bob.pk, seq=1)
    node = start_node("one")
    await until(lambda: store(Reminder.objects.filter(outcome="sent").exists))
    await node.stop()
    assert good.told == [dora.pk]
