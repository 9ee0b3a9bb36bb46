"""The checks themselves: each must be able to fail."""

import pytest

from imsite.proof.ledger import Ledger
from imsite.proof.record import SILENT, Record, Said
from imsite.proof.wrong import DOUBLE, LOST, ORDER, OTHER, STRANGER

ALICE, BOB, CHARLIE = 1, 2, 3


def message(seq: int, **fields) -> dict:
    """Alice's message 5 in her conversation with Bob, as an event."""
    stored = {"id": 5, "conversation": 7, "number": 1, "client_id": "x", "sender": ALICE, "body": "hello"}
    return {"type": "message", "seq": seq, "message": stored | fields}


def accepted(**fields) -> dict:
    answer = {"seq": 1, "client_id": "x", "message": 5, "conversation": 7, "number": 1, "created_at": "now"}
    return {"type": "accepted"} | answer | fields


class World:
    """Alice said hello to Bob, and both were told so."""

    def __init__(self):
        self.alice, self.bob, self.charlie = (Record(name, n + 1) for n, name in enumerate("abc"))
        for record in (self.alice, self.bob, self.charlie):
            record.welcomed({"node": "n", "from": 0, "epoch": "e"})
        self.alice.said["x"] = Said("x", BOB, "hello", at=0)
        self.alice.told(accepted(), at=1)
        self.bob.told(message(1), at=2)

    @property
    def ledger(self) -> Ledger:
        return Ledger([self.alice, self.bob], [self.charlie])


@pytest.fixture
def world():
    return World()


def test_a_good_world(world):
    assert world.ledger.missing() + world.ledger.wrongs() == []
    figures = world.ledger.figures()
    assert (figures.sent, figures.accepted, figures.received, figures.lost, figures.double) == (1, 1, 1, 0, 0)


def test_what_is_missing_is_named(world):
    world.alice.said["y"] = Said("y", BOB, "again", at=3)
    missing = world.ledger.missing()
    assert [wrong.kind for wrong in missing] == [OTHER]
    assert missing[0].what.startswith("a has no answer to 'again'")
    assert [said.client_id for _, said in world.ledger.on_the_way()] == ["y"]
    world.bob.entries.clear()
    assert world.ledger.figures().lost == 1


@pytest.mark.parametrize(
    ("frame", "kind", "wrong"),
    [
        (message(3, id=6, number=2), ORDER, "leaves a hole"),
        (message(1), DOUBLE, "came again"),
        (message(2), DOUBLE, "got message 5 again"),
        (message(2, id=6, number=3), ORDER, "number 3 instead of 2"),
        (message(2, id=6, number=2, client_id="z"), STRANGER, "not theirs"),
        (message(2, id=6, number=2, body="bye"), OTHER, "other words"),
        (message(2, id=6, number=1, conversation=8), OTHER, "is told as"),
    ],
)
def test_what_bob_must_not_be_told(world, frame, kind, wrong):
    world.bob.told(frame, at=3)
    found = world.ledger.wrongs()
    assert any(wrong in one.what and one.kind == kind for one in found), found


def test_what_was_accepted_and_did_not_come_is_lost(world):
    world.alice.said["y"] = Said("y", BOB, "again", at=3)
    world.alice.told(accepted(seq=2, client_id="y", message=6, number=2), at=4)
    (missing,) = world.ledger.missing()
    assert (missing.kind, missing.at) == (LOST, 3)
    assert missing.what.startswith("b has not got 'again'")
    world.bob.told(message(2, id=6, number=2, client_id="y", body="again"), at=5)
    assert world.ledger.missing() + world.ledger.wrongs() == []


@pytest.mark.parametrize(("received", "late"), [(7.5, 0), (8.5, 1)])
def test_a_bell_is_late_by_what_passed_since_the_message_was_accepted(world, received, late):
    """A store that is slow for a moment is not deaf."""
    world.alice.said["y"] = Said("y", BOB, "again", at=3)
    world.alice.told(accepted(seq=2, client_id="y", message=6, number=2), at=7)
    world.bob.told(message(2, id=6, number=2, client_id="y", body="again"), at=received)
    assert len(world.ledger.late(since=3, within=1)) == late
    assert world.ledger.late(since=4, within=1) == []


def test_what_was_refused_is_not_missing_unless_one_of_them_has_it(world):
    world.alice.said["y"] = Said("y", BOB, "again", at=3, refused="rate_limited")
    assert world.ledger.missing() == []
    assert world.ledger.stored() == 1
    world.bob.told(message(2, id=6, number=2, client_id="y", body="again"), at=5)
    assert len(world.ledger.missing()) == 1
    world.alice.told(message(2, id=6, number=2, client_id="y", body="again"), at=6)
    assert world.ledger.missing() == []
    assert world.ledger.stored() == 2


def test_numbers_go_on_where_an_older_talk_ended(world):
    world.bob.began = 7
    world.bob.told(message(2, id=8, number=41, conversation=9), at=3)
    world.bob.told(message(3, id=9, number=43, conversation=9), at=3)
    (wrong,) = [wrong.what for wrong in world.ledger.wrongs() if wrong.kind == ORDER]
    assert wrong.startswith("b got number 43 instead of 42")


@pytest.mark.parametrize("change", [{"message": 6}, {"number": 2}, {"created_at": "later"}, {"conversation": 8}])
def test_a_second_answer_must_be_the_first_one(world, change):
    world.alice.told(accepted(), at=3)
    assert world.ledger.wrongs() == []
    world.alice.told(accepted(**change), at=3)
    assert any("answered differently" in found.what for found in world.ledger.wrongs())


def test_a_stranger_is_told_nothing(world):
    world.charlie.told(message(1), at=3)
    assert any("a stranger" in found.what for found in world.ledger.wrongs())


def test_a_hint_of_another_conversation(world):
    world.bob.hinted({"conversation": 8})
    assert any("heard of the conversations {8}" in found.what for found in world.ledger.wrongs())


def test_a_hint_that_nobody_asked_for(world):
    world.charlie.hinted({"type": "presence", "user": ALICE, "online": True}, at=3)
    assert [found.kind for found in world.ledger.wrongs()] == [STRANGER]


@pytest.mark.parametrize("change", [{"from": 0}, {"epoch": "other"}, {"resync": True}])
def test_whoever_comes_back_goes_on_where_it_was(world, change):
    place = {"node": "n", "from": 1, "epoch": "e"}
    world.bob.welcomed(place)
    assert world.bob.wrongs == []
    world.bob.welcomed(place | change)
    assert len(world.bob.wrongs) == 1


@pytest.mark.parametrize(
    ("code", "bye", "wrongs"), [(4000, 4000, 0), (1006, None, 0), (SILENT, None, 0), (4000, None, 1), (1011, None, 1)]
)
def test_the_end_of_a_connection(world, code, bye, wrongs):
    world.bob.closed(code, bye)
    assert len(world.bob.wrongs) == wrongs
