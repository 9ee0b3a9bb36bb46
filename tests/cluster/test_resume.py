"""Somebody comes back, at another node, or with another device."""

import asyncio

from imsite.proof.people import PATIENCE, Person
from imsite.proof.store import Store
from imsite.proof.waiting import until

from .order import accepted_order

BEFORE, AWAY = 5, 500
WINDOWS = 3


async def test_whoever_was_away_gets_everything_in_order(cluster, some_people):
    """By windows, as it is acknowledged; a device without a seq gets what no device acknowledged."""
    alice, bob = some_people(2)
    store = Store(cluster.postgres.url(), [bob.id])
    async with Person(alice, cluster.nodes, home=0) as speaker:
        async with Person(bob, cluster.nodes, home=1) as at_home:
            await say(speaker, bob.id, 0, BEFORE)
            await at_home.has(BEFORE)
            await at_home.ack()
        await say(speaker, bob.id, BEFORE, AWAY)
        await speaker.has(BEFORE + AWAY)

        async with Person(bob, cluster.nodes, home=2, record=at_home.record, acks=False) as back:
            window = back.welcome["limits"]["window"]
            for turn in range(1, WINDOWS + 1):
                await got_no_more_than(back, BEFORE + turn * window)
                await back.ack()
            acked = BEFORE + WINDOWS * window
            await got_no_more_than(back, acked + window)
        await unsent_are(BEFORE + AWAY - acked, store)

        async with Person(bob, cluster.nodes, home=0) as phone:
            assert phone.welcome["from"] == acked
            await phone.has(BEFORE + AWAY - acked)
            await unsent_are(0, store)
    expected = accepted_order(speaker, to=bob.id)
    assert sorted(expected) == messages(BEFORE + AWAY)
    assert [entry.body for entry in back.record.entries] == expected[: acked + window]
    assert [entry.body for entry in phone.record.entries] == expected[acked:]
    assert back.record.wrongs + phone.record.wrongs == []


async def test_whoever_comes_back_again_and_again_has_everything_once(cluster, some_people):
    """From node to node while the other one talks; what one connection did not bring, the next one does."""
    alice, bob = some_people(2)
    async with Person(alice, cluster.nodes, home=0) as speaker:
        talking = asyncio.create_task(say(speaker, bob.id, 0, AWAY, pause=0.01))
        record = None
        for visit in range(12):
            async with Person(bob, cluster.nodes, home=visit, record=record) as guest:
                record = guest.record
                await asyncio.sleep(0.2)
        await talking
        async with Person(bob, cluster.nodes, home=1, record=record) as guest:
            await guest.has(AWAY)
    assert [entry.body for entry in record.entries] == accepted_order(speaker, to=bob.id)
    assert sorted(entry.body for entry in record.entries) == messages(AWAY)
    assert record.wrongs + speaker.record.wrongs == []


async def say(speaker: Person, to: int, start: int, count: int, *, pause: float = 0) -> None:
    for n in range(start, start + count):
        speaker.say(f"message {n}", to=to)
        if pause or n % 50 == 49:  # no more than 256 may wait for their answer
            await asyncio.sleep(pause or 0.3)


def messages(count: int) -> list[str]:
    """All that was said, sorted as text."""
    return sorted(f"message {n}" for n in range(count))


async def unsent_are(count: int, store: Store) -> None:
    """An ack is written a moment after it was sent."""
    async with asyncio.timeout(PATIENCE):
        await until(lambda: len(store.unsent()) == count)


async def got_no_more_than(person: Person, entries: int) -> None:
    await person.has(entries)
    await asyncio.sleep(0.4)
    assert len(person.record.entries) == entries
