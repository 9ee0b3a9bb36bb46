"""The generator's eye on the guarantee: what a server of ours could do wrong is seen."""

import json

import pytest

from bench.ledger import Ledger
from bench.plan import Person, Plan
from bench.speakers import Ours, Textbook

RUN = "0000abcd"


class PaperWire:
    """Keeps what was sent."""

    def __init__(self) -> None:
        self.sent: list[dict] = []

    def send(self, payload: bytes) -> None:
        self.sent.append(json.loads(payload))


class Pair:
    """Bob, who listens, and Alice, whose messages the ledger knows."""

    def __init__(self, dialect: type, ack: float = 0) -> None:
        people = [Person(5, "ws://alice"), Person(7, "ws://bob")]
        plan = Plan(dialect="", work="w1", people=people, run=RUN, ack=ack)
        self.ledger = Ledger(RUN, senders=2, copies=1)
        self.bob = dialect(1, plan, self.ledger)
        self.wire = self.bob.wire = PaperWire()

    def alice_says(self) -> str:
        client_id = self.ledger.sends(0, now=1)
        self.ledger.accepts(0, int(client_id[24:], 16), now=2)
        return client_id

    def bob_hears(self, *frames: dict) -> None:
        self.bob.on_texts([json.dumps(frame).encode() for frame in frames])


@pytest.fixture
async def pair() -> Pair:
    pair = Pair(Ours)
    pair.bob.prepare()
    pair.bob_hears({"type": "welcome", "from": 40, "limits": {"window": 64}})
    return pair


def message(seq: int, client_id: str) -> dict:
    return {"type": "message", "seq": seq, "message": {"id": 1, "client_id": client_id, "number": 1, "body": "x"}}


async def test_messages_in_order_are_no_fault_and_acknowledged_together(pair):
    pair.bob_hears(message(41, pair.alice_says()), message(42, pair.alice_says()))
    assert not pair.ledger.faults
    assert pair.ledger.waiting == 0
    assert pair.wire.sent == [{"type": "ack", "seq": 42}]


async def test_a_hole_and_a_repetition_are_faults(pair):
    one, two = pair.alice_says(), pair.alice_says()
    pair.bob_hears(message(42, one), message(42, two))
    assert pair.ledger.faults == {"seq skipped": 1, "seq repeated": 1}


async def test_the_same_message_under_two_seqs_is_a_fault(pair):
    one = pair.alice_says()
    pair.bob_hears(message(41, one), message(42, one))
    assert pair.ledger.faults["received twice"] == 1


async def test_a_sender_out_of_order_is_a_fault(pair):
    one, two = pair.alice_says(), pair.alice_says()
    pair.bob_hears(message(41, two), message(42, one))
    assert pair.ledger.faults["out of order"] == 2


async def test_an_accepted_counts_in_the_inbox_and_names_the_conversation(pair):
    pair.bob.say()
    accepted = {"type": "accepted", "client_id": pair.wire.sent[0]["client_id"], "seq": 41, "conversation": 3}
    pair.bob_hears(accepted)
    pair.bob.say()
    assert not pair.ledger.faults
    assert pair.wire.sent[0]["to"] == 5
    assert pair.wire.sent[-1]["conversation"] == 3
    assert "to" not in pair.wire.sent[-1]


async def test_a_busy_server_gets_the_same_message_again(pair):
    pair.bob.say()
    client_id = pair.wire.sent[0]["client_id"]
    pair.bob_hears({"type": "error", "code": "busy", "message": "Later.", "client_id": client_id})
    assert pair.ledger.faults == {"error: busy": 1}
    assert pair.ledger.senders[1].resent


async def test_hints_are_ignored(pair):
    pair.bob_hears({"type": "marks", "conversation": 3, "user": 5, "sent": 9}, {"type": "pong", "t": 1, "head": 41})
    assert not pair.ledger.faults
    assert not pair.wire.sent


async def test_what_an_earlier_run_left_counts_only_in_the_inbox(pair):
    pair.bob_hears(message(41, "0000abce-0000-4000-8000-000000000000"))
    assert not pair.ledger.faults
    assert pair.bob.seq == 41


async def test_the_textbook_is_counted_and_not_checked():
    pair = Pair(Textbook)
    one, two = pair.alice_says(), pair.alice_says()
    pair.bob_hears({"type": "message", "client_id": two}, {"type": "message", "client_id": one})
    assert not pair.ledger.faults
    assert pair.ledger.waiting == 0
