"""A run of the proof against people who are not there."""

import asyncio
from contextlib import nullcontext
from math import inf
from types import SimpleNamespace

import pytest

from imsite.localservers import NotReady
from imsite.proof import breaking, proof
from imsite.proof.ledger import Ledger
from imsite.proof.plan import Fault
from imsite.proof.proof import Proof
from imsite.proof.record import Record, Said
from imsite.proof.wrong import OTHER

FAULT = Fault(0, "node killed", 0.05)


@pytest.fixture
async def run(monkeypatch) -> Proof:
    """Of Alice, who said something before the fault that nobody ever answers, and says something new all the time."""
    monkeypatch.setattr(proof, "CONVERGES_WITHIN", 0.3)
    monkeypatch.setattr(proof, "LATE", -inf)  # whatever is on its way is late
    monkeypatch.setattr(proof, "carry_out", lambda *_: ("node a is killed", nullcontext()))
    alice = Record("alice", 1)
    talk = SimpleNamespace(ledger=Ledger([alice, Record("bob", 2)]), enough=asyncio.Event(), alice=alice)
    return Proof(talk, [FAULT], seconds=1, cluster=None, say=lambda line: None)


async def test_what_is_not_there_long_after_the_fault_is_wrong_though_it_may_come_later(run):
    said = Said("x", 2, "hello", at=run._began)
    run._talk.alice.said["x"] = said
    await run._break_one(FAULT)
    said.refused = "it came to an end after all"
    assert [(wrong.kind, wrong.at) for wrong in run._wrongs] == [(OTHER, said.at)]


async def test_what_was_said_after_the_fault_may_take_its_time(run):
    """A slow machine heals never, and loses nothing."""
    run._talk.alice.said["x"] = Said("x", 2, "hello", at=run._began + 0.06)
    await run._break_one(FAULT)
    assert run._episodes[0].healed is None
    assert run._wrongs == []


class StoppedNode:
    """Ends with this code when it is told to stop."""

    name = "a"

    def __init__(self, code: int):
        self.process = SimpleNamespace(returncode=None)
        self._code = code

    def stop(self) -> None:
        self.process.returncode = self._code

    def start(self) -> None:
        self.process = SimpleNamespace(returncode=None)


async def test_a_node_that_had_to_be_ended_by_force_is_wrong():
    async with breaking._rolled([StoppedNode(0)]):
        pass
    with pytest.raises(NotReady, match="ended with 1"):
        async with breaking._rolled([StoppedNode(0), StoppedNode(1)]):
            pass
