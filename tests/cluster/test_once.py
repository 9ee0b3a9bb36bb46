"""The same message, sent many times at once."""

import uuid
from contextlib import AsyncExitStack

import pytest

from imsite.proof.people import Person
from imsite.proof.store import Store

DEVICES = 10
ROUNDS = 10


@pytest.fixture
async def devices(cluster, some_people):
    """Ten of one person, over three nodes."""
    [alice] = some_people(1)
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(Person(alice, cluster.nodes, home=n)) for n in range(DEVICES)]


async def test_ten_devices_on_three_nodes_send_the_same_message_at_once(cluster, some_people, devices):
    """One row, and ten equal answers: for the message that opens the conversation too."""
    [bob] = some_people(1)
    for turn in range(ROUNDS):
        client_id = str(uuid.uuid4())
        said = [device.say(f"message {turn}", to=bob.id, client_id=client_id) for device in devices]
        for device in devices:
            await device.has(turn + 1)
            await device.is_answered(client_id)
        assert len(set().union(*(one.answers for one in said))) == 1
    assert [wrong for device in devices for wrong in device.record.wrongs] == []
    store = Store(cluster.postgres.url(), [devices[0].id])
    assert store.stored() == ROUNDS
    assert store.wrongs() == []


async def test_one_client_id_cannot_be_two_messages(cluster, some_people, devices):
    """To two people at once: one of them gets it, and the devices that meant the other one are told of the conflict."""
    people = some_people(2)
    for turn in range(ROUNDS):
        client_id = str(uuid.uuid4())
        said = [
            device.say(f"{turn} for {other.name}", to=other.id, client_id=client_id)
            for device, other in zip(devices, people * DEVICES, strict=False)
        ]
        for device in devices:
            await device.is_answered(client_id)
        assert len(set().union(*(one.answers for one in said))) == 1
        assert len({one.body for one in said if one.accepted_at}) == 1
        assert {device.refused.get(client_id) for device in devices} == {None, "conflict"}
    store = Store(cluster.postgres.url(), [devices[0].id])
    assert store.stored() == ROUNDS
    assert store.wrongs() == []
