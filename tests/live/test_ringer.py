"""Plain code rings after its commit: by the node of its process, or where there is none, by a thread."""

import asyncio
import subprocess
import sys
import threading

import pytest
from channels.layers import InMemoryChannelLayer
from django.db import transaction

from chat.layers import RingingChannelLayer
from chat.ringer import BellsThread, Ringer
from imsite.localservers import Redis
from messages_store import publish
from messages_store.ringing import hint_after_commit, ring_after_commit
from messages_store.services import sending

from .conftest import PATIENCE

pytestmark = pytest.mark.usefixtures("never_look")


async def test_what_plain_code_stores_is_rung_after_the_commit(store, alice, bob, direct, draft, connect):
    device = await connect(bob)

    def say():
        with transaction.atomic():
            ring_after_commit(sending.send([draft(alice, direct, "by plain code")]).events)

    await store(say)
    assert (await device.expect("message"))["message"]["body"] == "by plain code"


async def test_what_is_rolled_back_is_not_rung(store, alice, bob, direct, draft, connect):
    device = await connect(bob)

    def say():
        with transaction.atomic():
            ring_after_commit(sending.send([draft(alice, direct, "never was")]).events)
            transaction.set_rollback(True)

    await store(say)
    await store(hint_after_commit, {bob.pk: ['{"type":"greeting"}']})  # behind which a ring would have come
    await device.expect("greeting")


async def test_a_frame_that_is_not_stored_goes_the_same_way(store, bob, connect):
    device = await connect(bob)
    await store(hint_after_commit, {bob.pk: ['{"type":"greeting"}']})
    await device.expect("greeting")


async def test_a_stopped_node_rings_no_more_for_others(store, bob, connect, start_node, layer):
    leaving = start_node("leaving")
    device = await connect(bob)
    await leaving.stop()
    await store(hint_after_commit, {bob.pk: ['{"type":"greeting"}']})
    await device.expect("greeting")


@pytest.fixture(scope="module")
def redis():
    with Redis() as server:
        yield server


async def heard_by(url: str, ring) -> dict:
    """What somebody hears who is in user 7's group while `ring` is called in a thread."""
    layer = RingingChannelLayer(hosts=[url])
    channel = await layer.new_channel()
    await layer.group_add(publish.group_of(7), channel)
    await asyncio.to_thread(ring)
    async with asyncio.timeout(PATIENCE):
        heard = await layer.receive(channel)
    await layer.flush()
    return heard


async def test_a_process_without_a_node_rings_by_a_thread(redis, monkeypatch, settings):
    settings.IM_LAYER_SECONDS = PATIENCE  # however busy the machine is
    monkeypatch.setattr("chat.ringer.get_channel_layer", lambda: RingingChannelLayer(hosts=[redis.url]))
    ringer = Ringer()
    heard = await heard_by(redis.url, lambda: ringer.hint({7: ["{}"]}))
    await asyncio.to_thread(ringer._own.finish)
    assert heard == {"type": publish.RING, "user": 7, "hints": ["{}"]}


LAST_WORDS = """
import django; django.setup()
from messages_store.ringing import hint_after_commit
for _ in range(50): hint_after_commit({7: ["x" * 10_000]})
hint_after_commit({7: ["{}"]})
"""


async def test_a_process_that_ends_at_once_has_rung(redis, monkeypatch, tmp_path):
    """All of it, and its first ring was not lost to a connection that was not there yet."""
    monkeypatch.setenv("REDIS_URL", redis.url)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/any.sqlite3")
    monkeypatch.setenv("IM_LAYER_SECONDS", str(PATIENCE))  # however busy the machine is
    layer = RingingChannelLayer(hosts=[redis.url])
    channel = await layer.new_channel()
    await layer.group_add(publish.group_of(7), channel)
    await asyncio.to_thread(subprocess.run, [sys.executable, "-c", LAST_WORDS], check=True, timeout=60)
    async with asyncio.timeout(PATIENCE):
        heard = [(await layer.receive(channel))["hints"] for _ in range(51)]
    assert heard == [["x" * 10_000]] * 50 + [["{}"]]
    await layer.flush()


def test_whoever_rings_first_begins_one_thread(monkeypatch):
    monkeypatch.setattr("chat.ringer.get_channel_layer", InMemoryChannelLayer)
    own, rung = BellsThread(), []
    before = {thread for thread in threading.enumerate() if thread.name == "ringer"}
    callers = [threading.Thread(target=own.do, args=[rung.append]) for _ in range(10)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    begun = {thread for thread in threading.enumerate() if thread.name == "ringer"} - before
    own.finish()
    assert len(rung) == 10
    assert len(begun) == 1
    for thread in begun:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    own.do(rung.append)
    own.finish()
    assert len(rung) == 11, "it can begin again"
