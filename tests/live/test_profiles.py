"""Another name, another picture: told to one's own devices and to whoever watches and may know, by two rings."""

import pytest

from messages_store import publish
from messages_store.models import Member
from messages_store.ringing import profile_after_commit
from messages_store.services import accounts

from .conftest import NEVER
from .test_presence import watch_people


@pytest.fixture(autouse=True)
def calm(settings, fast):
    settings.IM_BEAT_SECONDS = NEVER


@pytest.fixture
def rename(store):
    """rename(bob, "Robert"), as the settings do it."""

    async def rename(user, name):
        def change():
            accounts.rename(user=user, display_name=name)
            profile_after_commit(user)

        await store(change)

    return rename


def told(user, name) -> dict:
    return {"type": "profile", "user": user.pk, "name": name, "avatar": None}


async def test_who_watches_and_ones_own_devices_are_told_on_every_node(
    alice, bob, direct, connect, node, other_node, rename
):
    a, own = await connect(alice, node), await connect(bob, other_node)
    await watch_people(a, bob)
    await rename(bob, "Robert")
    assert await a.expect("profile") == told(bob, "Robert")
    assert await own.expect("profile") == told(bob, "Robert")


async def test_who_does_not_watch_is_told_nothing(alice, bob, direct, connect, rename):
    a, own = await connect(alice), await connect(bob)
    await rename(bob, "Robert")
    await own.expect("profile")
    assert await a.pong() == []


async def test_a_stranger_who_watches_is_told_nothing_nor_who_has_left(
    alice, bob, charlie, dora, group, connect, store, rename
):
    a, c, d = await connect(alice), await connect(charlie), await connect(dora)
    for device in (a, c, d):
        await watch_people(device, bob)
    await store(Member.objects.filter(user=dora).update, left_at=group.created_at)
    await rename(bob, "Robert")
    await a.expect("profile")
    for device in (c, d):
        assert await device.pong() == []


async def test_it_costs_two_rings_however_many_contacts(bob, layer, monkeypatch):
    rung = []

    async def send(_layer, messages):
        rung.extend(messages)

    monkeypatch.setattr(publish, "_send", send)
    await publish.profile(layer, {bob.pk: "{}"})
    assert [group for group, _ in rung] == [f"user.{bob.pk}", f"presence.{bob.pk}"]
