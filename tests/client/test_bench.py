"""The benchmark's speaker that is this client."""

import asyncio

from bench.clients import ByClient
from bench.ledger import Ledger
from bench.plan import Person, Plan

from .conftest import PATIENCE

RUN = "0000abcd"


async def test_the_speaker_says_and_hears(node):
    people = [Person(1, node.url.replace("http", "ws") + "/ws/v1/", {"Authorization": "Token a"}), Person(2, "", {})]
    ledger = Ledger(RUN, senders=2, copies=1)
    alice = ByClient(0, Plan(dialect="client", work="w1", people=people, run=RUN, ack=0), ledger)
    await alice.connect()
    bobs = ledger.sends(1, now=1)
    ledger.accepts(1, 0, now=2)
    alice.say()
    await node.until(lambda: node.stored)
    await node.push(node.entry("Bob's", client_id=bobs))
    await node.until(lambda: node.acks[-1:] == [2])
    assert ledger.senders[1].waiting == {}
    assert list(ledger.senders[0].accepted) == [1]
    assert alice.target == {"conversation": 7}
    alice.close()
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*alice._tasks)
    assert not ledger.faults
