"""What a node leaves for the trace while it works: who acknowledged, and when nobody could be rung."""

import pytest
from django.db import OperationalError

from messages_store.models import Delivery, Message, Outage
from messages_store.services import outages, tracing

from .rigged import BrokenLayer, refuse


@pytest.fixture
async def here(start_node, settings):
    """A node by the name of this process, as every one is that is started by `serve`."""
    return start_node(settings.NODE_NAME)


@pytest.fixture
async def quick(start_node, settings):
    """The same, with beats by which a gap is told soon."""
    settings.IM_BEAT_SECONDS = 0.1
    return start_node(settings.NODE_NAME)


def step_of(user, message_id: int) -> tracing.Step:
    found = tracing.of(message=tracing.with_pruned(messages=Message.objects.select_related("node")).get(pk=message_id))
    return next(step for step in found.steps if step.recipient == user)


async def test_an_ack_says_which_device_and_node_it_came_by(here, connect, store, until, alice, bob, direct, settings):
    a = await connect(alice, here)
    phone = await connect(bob, here, device={"id": "phone", "kind": "ios"})
    await connect(bob, here, device={"id": "tablet", "kind": "ios"})
    sent = await a.tell("hello", conversation=direct.pk)
    await phone.expect("message")
    await phone.ack(1)
    await until(lambda: Delivery.objects.filter(recipient=bob, status="sent").exists())
    step = await store(step_of, bob, sent["message"])
    assert (step.device.device_id, step.device.kind, step.node) == ("phone", "ios", settings.NODE_NAME)
    assert step.published.outcome == "rung"


async def test_a_device_that_comes_back_is_the_same(here, connect, store, bob):
    ids = set()
    for _ in range(2):
        device = await connect(bob, here, device={"id": "phone", "kind": "ios"})
        (connection,) = here.connections_of(bob.pk)
        ids.add(connection.entry.device)
        await device.leave()
        await here._left.wait()
    assert len(ids) == 1
    assert None not in ids


async def test_what_could_not_be_rung_is_in_doubt(
    start_node, layer, connect, store, until, settings, alice, bob, direct
):
    settings.IM_BEAT_SECONDS = 0.5
    node = start_node(settings.NODE_NAME, layer=BrokenLayer(layer, refuse))
    a, b = await connect(alice, node), await connect(bob, node)
    sent = await a.tell("hello", conversation=direct.pk)
    await b.expect("message")  # by the look
    await until(lambda: step_of(bob, sent["message"]).published.outage)  # what is noted grows with each beat
    step = await store(step_of, bob, sent["message"])
    assert (step.published.outcome, step.published.outage.reason) == ("in_doubt", "layer")


async def test_a_gap_is_written_once_and_ends(quick, store, until):
    (gaps, *_) = quick.bells.gaps
    gaps.failed(0)
    await until(lambda: Outage.objects.exists())
    gaps.worked()
    await until(lambda: not gaps.untold())
    assert await store(Outage.objects.count) == 1


async def test_a_store_that_is_away_hears_of_a_gap_later(quick, store, until, watch):
    noted, (gaps, *_) = watch(outages, "note"), quick.bells.gaps

    def away():
        noted.before = None if len(noted.calls) >= 4 else away  # two beats, each of which tries it twice
        raise OperationalError("gone")

    noted.before = away
    gaps.failed(0)
    gaps.worked()
    await until(lambda: Outage.objects.exists())
    assert len(noted.calls) == 5
    assert await store(Outage.objects.count) == 1
