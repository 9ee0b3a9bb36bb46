"""Another name, another picture: told to one's own devices and to whoever watches and may know, by two rings."""

import json

import pytest

from chat.database import Unavailable
from chat.services import presence
from messages_store.models import Member, User
from messages_store.ringing import profile_after_commit
from messages_store.services import accounts, conversations
from tests.conftest import make_user

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


@pytest.fixture
def contacts(bob):
    """Seven people who know Bob, each from a conversation of two, and some from a group besides."""
    people = [make_user(f"contact{number}") for number in range(7)]
    for contact in people:
        conversations.open_direct(user_id=contact.pk, other_id=bob.pk)
    conversations.create_group(creator=bob, title="Contacts", members=people[:4])
    return people


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


async def test_who_was_loaded_before_they_were_renamed_is_told_as_they_are_now(bob, connect, store):
    """As where a picture took long to be read, and the name was changed meanwhile."""
    own = await connect(bob)
    await store(User.objects.filter(pk=bob.pk).update, display_name="Robert")
    await store(profile_after_commit, bob)
    assert await own.expect("profile") == told(bob, "Robert")


async def test_it_costs_two_rings_however_many_contacts(bob, contacts, connect, rigged, rigged_node, rename):
    rung = []

    def note(ring: dict) -> list[dict]:
        if ring.get("profile") or ring.get("hints"):
            rung.append((ring["user"], "profile" in ring))
        return [ring]

    rigged.rule = note
    own = await connect(bob, rigged_node)
    watching = [await connect(contact, rigged_node) for contact in contacts]
    for device in watching:
        await watch_people(device, bob)
    await rename(bob, "Robert")
    for device in (own, *watching):
        assert await device.wait_for("profile") == told(bob, "Robert")
    assert rung == [(bob.pk, False), (bob.pk, True)]


async def test_while_the_store_is_away_nothing_is_lost_and_the_newest_is_told(
    alice, bob, direct, connect, node, rename, watch
):
    a, own = await connect(alice), await connect(bob)
    await watch_people(a, bob)
    looked = watch(presence, "visible")
    names = iter(["Roberta"])

    def away():
        if name := next(names, None):  # the first look fails, and another name comes meanwhile
            node.watchers.introduce(bob.pk, json.dumps(told(bob, name)))
            raise Unavailable

    looked.before = away
    await rename(bob, "Robert")
    await own.expect("profile")
    assert await a.expect("profile") == told(bob, "Roberta")
    assert len(looked.calls) == 2


async def test_what_was_to_be_told_is_told_when_the_store_is_back(alice, bob, direct, connect, rename, watch):
    a = await connect(alice)
    await watch_people(a, bob)
    faults = iter([Unavailable])
    looked = watch(presence, "visible")

    def away():
        if fault := next(faults, None):
            raise fault

    looked.before = away
    await rename(bob, "Robert")
    assert await a.expect("profile") == told(bob, "Robert")
