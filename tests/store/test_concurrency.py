"""Many nodes at once: real threads, each with its own connection and its own transactions."""

import random
import threading
import time
from dataclasses import replace
from uuid import uuid4

import pytest
from django.db import connection

from messages_store.drafts import Draft
from messages_store.errors import Conflict
from messages_store.models import Conversation, Delivery, Inbox, Member, Message
from messages_store.services import conversations, inboxes, reading, receipts, sending
from messages_store.services.sending import Accepted
from tests.conftest import make_user

from .at_once import patient, together  # noqa: F401 (a fixture for all of these)
from .look import assert_whole, counters, drafts, say

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def people() -> list:
    return [make_user(f"person{n}") for n in range(8)]


@pytest.fixture
def groups(people) -> list[Conversation]:
    """Six groups of five, of which any two share somebody."""
    return [
        conversations.create_group(
            creator=people[n], title=str(n), members=random.Random(n).sample(people[:n] + people[n + 1 :], 4)
        )
        for n in range(6)
    ]


def members(group: Conversation) -> list[int]:
    return list(group.members.values_list("user", flat=True))


class Writer:
    """Says something in every list: into the groups of its user and to others, in any order."""

    def __init__(self, people, groups, seed: int):
        self.chance = random.Random(seed)
        self.people = [person.pk for person in people]
        self.places = {group.pk: members(group) for group in groups}

    def draft(self) -> Draft:
        body = str(self.chance.random())
        if self.chance.random() < 0.3:
            sender, to = self.chance.sample(self.people, 2)
            return Draft(sender=sender, to=to, client_id=uuid4(), body=body)
        place = self.chance.choice(list(self.places))
        sender = self.chance.choice(self.places[place])
        return Draft(sender=sender, conversation=place, client_id=uuid4(), body=body)

    def write(self, lists: int) -> int:
        """How many were accepted: all."""
        said = 0
        for _ in range(lists):
            said += len(say(*(self.draft() for _ in range(self.chance.randint(1, 8)))))
        return said


def test_whoever_sends_wherever_nothing_deadlocks_and_everything_is_in_order(people, groups):
    said = together(*(lambda seed=seed: Writer(people, groups, seed).write(12) for seed in range(8)))
    assert Message.objects.count() == sum(said)
    assert_whole()


def test_one_client_id_from_ten_nodes_is_one_message(alice, bob, direct, draft):
    for _ in range(4):
        hello = draft(alice, direct)
        outcomes = together(*(lambda hello=hello: say(hello)[0] for _ in range(10)))
        assert set(outcomes) == {outcomes[0]}
    assert Message.objects.count() == 4
    assert_whole()


def test_one_client_id_among_others_from_ten_nodes_is_one_message(alice, bob, direct, draft):
    hello = draft(alice, direct)
    outcomes = together(*(lambda: say(*drafts(bob, direct, 2), hello, *drafts(bob, direct, 2))[2] for _ in range(10)))
    assert set(outcomes) == {outcomes[0]}
    assert Message.objects.count() == 41
    assert_whole()


def test_one_client_id_for_two_conversations_is_one_message_and_a_conflict(alice, bob, direct, group, draft):
    for _ in range(10):
        hello = draft(alice, direct)
        there = replace(hello, conversation=group.pk)
        outcomes = together(lambda hello=hello: sending.send([hello]), lambda there=there: sending.send([there]))
        assert sorted(type(sent.outcomes[0]).__name__ for sent in outcomes) == ["Accepted", "Conflict"]
    assert Message.objects.count() == 10
    assert_whole()


def test_a_client_id_that_is_taken_at_the_same_moment_takes_no_neighbour_along(alice, bob, direct, group, draft):
    for _ in range(5):
        hello = draft(alice, direct)
        lists = [[*drafts(bob, place, 2), replace(hello, conversation=place.pk)] for place in (direct, group)]
        for sent in together(*(lambda list=list: sending.send(list) for list in lists)):
            assert [type(outcome) for outcome in sent.outcomes[:2]] == [Accepted, Accepted]
            assert isinstance(sent.outcomes[2], Accepted | Conflict)
    assert Message.objects.count() == 25
    assert_whole()


def test_a_direct_conversation_that_all_open_at_once_is_one(people):
    pairs = [(one.pk, other.pk) for one in people for other in people if one != other]

    def open_all(seed: int) -> dict:
        mixed = random.Random(seed).sample(pairs, len(pairs))
        found = {}
        for start in range(0, len(mixed), 14):
            found |= conversations.open_directs(mixed[start : start + 14])
        return found

    opened = together(*(lambda seed=seed: open_all(seed) for seed in range(6)))
    assert all(found == opened[0] for found in opened)
    assert Conversation.objects.count() == len(pairs) // 2
    assert Member.objects.count() == len(pairs)


def test_first_words_to_each_other_at_once_are_one_conversation(alice, bob, draft):
    first, second = together(lambda: say(draft(alice, to=bob.pk)), lambda: say(draft(bob, to=alice.pk)))
    assert first[0].conversation == second[0].conversation
    assert {first[0].number, second[0].number} == {1, 2}
    assert_whole()


def test_an_inbox_that_all_make_at_once_is_one(people, groups):
    for round in range(6):
        for model in (Delivery, Message, Inbox):
            model.objects.all().delete()
        Conversation.objects.update(last_number=0)
        lists = [[Writer(people, groups, 8 * round + n).draft() for n in range(4)] for n in range(8)]
        together(*(lambda list=list: say(*list) for list in lists))
        assert_whole()


def test_inboxes_are_made_with_no_lock_held(people, groups, monkeypatch):
    """To insert a row is to wait for whoever inserts the same, and that one may wait for what we hold."""
    ensure, held = inboxes.ensure, []

    def watched(user_ids) -> None:
        held.append(connection.in_atomic_block)
        ensure(user_ids)

    monkeypatch.setattr(inboxes, "ensure", watched)
    Inbox.objects.all().delete()
    say(*drafts(people[0], groups[0], 2))
    receipts.record(acks={person.pk: 1 for person in people}, reads={})
    assert held == [False, False]
    assert_whole()


def test_acks_and_reads_among_sends_leave_nothing_out(people, groups):
    """Nothing deadlocks, no ack is lost, and what is acked is sent."""
    written = threading.Event()

    def write(seed: int) -> None:
        try:
            Writer(people, groups, seed).write(10)
        finally:
            written.set()

    def acknowledge(seed: int) -> None:
        chance = random.Random(seed)
        while not written.is_set() or chance.random() < 0.8:
            some = chance.sample(people, 4)
            heads = reading.heads(user_ids=[person.pk for person in some])
            acks = {user_id: chance.randint(0, head + 3) for user_id, (_, head) in heads.items()}
            reads = {(p.pk, chance.choice(groups).pk): chance.randint(0, 50) for p in some}
            receipts.record(acks=acks, reads=reads)
            for user_id, acked in Inbox.objects.filter(pk__in=acks).values_list("user", "acked_seq"):
                assert acked >= min(acks[user_id], heads[user_id][1]), "an ack went backwards"

    together(*(lambda s=s: write(s) for s in range(4)), *(lambda s=s: acknowledge(s) for s in range(2)))
    assert_whole()
    for person in people:
        receipts.ack(user_id=person.pk, seq=2**53 - 1)
    assert not Delivery.objects.filter(status="unsent").exists()
    for member in Member.objects.select_related("conversation"):
        assert 0 <= member.read_number <= member.conversation.last_number
    assert_whole()


WRITERS = 5


def test_nothing_ever_appears_behind_a_reader(people, groups):
    """Whoever has read up to 17 never finds a new 16: the order of seq is the order of visibility."""
    reader = people[0]
    mine = [group for group in groups if reader.pk in members(group)]
    finished = []

    def write(seed: int) -> None:
        try:
            Writer(people, mine, seed).write(8)
        finally:
            finished.append(seed)

    def read() -> list[int]:
        seen, writing = [], True
        deadline = time.monotonic() + 60
        while writing or len(seen) < counters(reader)[0]:
            assert time.monotonic() < deadline, f"{len(seen)} of {counters(reader)[0]} entries can be read"
            writing = len(finished) < WRITERS
            for event in reading.inbox_page(user_id=reader.pk, after=len(seen), limit=20):
                seen.append(event.seq)
                assert event.seq == len(seen), "a hole, which could be filled behind the reader"
            time.sleep(0.001)  # lets the writers' threads have the interpreter
        return seen

    *_, first, second = together(*(lambda s=s: write(s) for s in range(WRITERS)), read, read)
    assert first == second == list(range(1, counters(reader)[0] + 1))
    assert_whole()
