"""Groups, edits and recalls while everybody talks: nothing deadlocks, and inboxes keep their order."""

import random
import threading
import time
from itertools import pairwise
from uuid import uuid4

import pytest
from django.db import connection, transaction

from messages_store.changes import Edit, Recall
from messages_store.drafts import Draft
from messages_store.errors import ChatError
from messages_store.models import Conversation, Delivery, Inbox, Member, Message
from messages_store.services import conversations, editing, groups, inboxes, reading, receipts, sending
from messages_store.services.sending import Accepted
from tests.conftest import make_user

from .at_once import patient, together  # noqa: F401 (a fixture for all of these)
from .look import assert_seqs_whole

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 12


@pytest.fixture
def people() -> list:
    return [make_user(f"person{n}") for n in range(7)]


@pytest.fixture
def rooms(people) -> list[Conversation]:
    """Four groups that share people, each with two who may change it."""
    made = []
    for n in range(4):
        room = conversations.create_group(creator=people[n], title=str(n), members=people[n + 1 : n + 4])
        Member.objects.filter(conversation=room, user=people[n + 1]).update(role="admin")
        made.append(room)
    return made


class Everybody:
    """Does anything to any group as anybody, in any order."""

    def __init__(self, people, rooms, seed: int):
        self.chance = random.Random(seed)
        self.people = [person.pk for person in people]
        self.rooms = [room.pk for room in rooms]

    def talk(self) -> None:
        drafts = [
            Draft(sender=self.somebody(), conversation=self.room(), client_id=uuid4(), body=str(n)) for n in range(4)
        ]
        said = [outcome for outcome in sending.send(drafts).outcomes if isinstance(outcome, Accepted)]
        senders = dict(Message.objects.filter(pk__in=[one.message for one in said]).values_list("pk", "sender"))
        changes = [
            self.chance.choice([Edit(sender, message, f"edited {message}"), Recall(sender, message)])
            for message, sender in senders.items()
        ]
        self.chance.shuffle(changes)
        editing.change(changes)

    def change(self) -> None:
        where = {"actor_id": self.somebody(), "conversation_id": self.room()}
        other = self.somebody()
        try:
            match self.chance.randrange(5):
                case 0:
                    groups.rename(**where, title=str(self.chance.random()))
                case 1 | 2:
                    groups.add(**where, user_ids=self.chance.sample(self.people, 3))
                case 3:
                    groups.remove(**where, user_id=other)
                case _:
                    groups.give_role(**where, user_id=other, role=self.chance.choice(["admin", "member", "owner"]))
        except ChatError:
            pass  # who may not, may not

    def acknowledge(self) -> None:
        some = self.chance.sample(self.people, 3)
        heads = reading.heads(user_ids=some)
        receipts.record(
            acks={user_id: self.chance.randint(0, head) for user_id, (_, head) in heads.items()},
            reads={(user_id, self.room()): self.chance.randint(0, 50) for user_id in some},
        )

    def somebody(self) -> int:
        return self.chance.choice(self.people)

    def room(self) -> int:
        return self.chance.choice(self.rooms)

    def do(self, name: str) -> None:
        for _ in range(ROUNDS):
            getattr(self, name)()


def test_whatever_everybody_does_at_once(people, rooms):
    jobs = ["talk", "talk", "change", "change", "change", "acknowledge"]
    together(*(lambda n=n, job=job: Everybody(people, rooms, n).do(job) for n, job in enumerate(jobs)))
    assert_seqs_whole()
    for room in Conversation.objects.all():
        numbers = list(room.messages.order_by("number").values_list("number", flat=True))
        assert numbers == list(range(1, room.last_number + 1))
        assert room.members.present().filter(role="owner").count() == bool(room.members.present().exists())
    assert Message.objects.filter(kind="system").exists()
    assert Delivery.objects.filter(event="recalled").exists()
    for member in Member.objects.filter(left_at__isnull=False):
        entries = Delivery.objects.filter(recipient=member.user, message__conversation=member.conversation)
        last = entries.order_by("-seq").select_related("message").first()
        assert last.message.data["event"] in ("left", "removed")
        assert last.message.created_at == member.left_at


def test_who_has_ones_inbox_may_write_how_far_one_has_come(people, rooms):
    """An ack holds its user's inbox while it writes memberships: a change that wrote them first would deadlock."""
    room, owner, somebody = rooms[0], people[0], people[2]
    held = threading.Event()

    def acknowledge():
        with transaction.atomic():
            inboxes.lock([somebody.pk])
            held.set()
            if connection.vendor == "postgresql":  # elsewhere there is one writer
                wait_for_who_waits()
            Member.objects.filter(conversation=room, user=somebody).update(sent_number=0)

    def change():
        held.wait(30)
        return groups.give_role(actor_id=owner.pk, conversation_id=room.pk, user_id=somebody.pk, role="admin")

    _, events = together(acknowledge, change)
    assert somebody.pk in events


def wait_for_who_waits() -> None:
    """Until somebody in this database waits for a row of ours."""
    deadline = time.monotonic() + 30
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute(waiting)
            if cursor.fetchone()[0]:
                return
    raise AssertionError("nobody waits")


def test_one_edit_from_ten_nodes_is_one(alice, bob, direct, draft):
    for _ in range(4):
        [said] = sending.send([draft(alice, direct)]).outcomes
        change = Edit(alice.pk, said.message, "again")
        outcomes = together(*(lambda change=change: editing.change([change]).outcomes[0] for _ in range(10)))
        assert all(outcome == outcomes[0] for outcome in outcomes)
    assert Delivery.objects.filter(event="edited").count() == 8
    assert_seqs_whole()


def test_an_edit_and_a_recall_at_once_end_with_nothing_said(alice, bob, direct, draft):
    for _ in range(5):
        [said] = sending.send([draft(alice, direct)]).outcomes
        together(
            lambda said=said: editing.change([Edit(alice.pk, said.message, "again")]),
            lambda said=said: editing.change([Recall(alice.pk, said.message)]),
        )
    assert set(Message.objects.values_list("body", flat=True)) == {""}
    for person in (alice, bob):
        last = Delivery.objects.filter(recipient=person).order_by("message", "-seq").values_list("message", "event")
        assert {event for _, event in dict(reversed(last)).items()} == {"recalled"}
    assert_seqs_whole()


def test_of_ten_who_open_a_direct_conversation_one_makes_it(people):
    for one, other in pairwise(people):
        ids = [(one.pk, other.pk), (other.pk, one.pk)] * 5
        opened = together(*(lambda a=a, b=b: conversations.open_or_make_direct(user_id=a, other_id=b) for a, b in ids))
        assert len({conversation.pk for conversation, _ in opened}) == 1
        assert sorted(made for _, made in opened) == [False] * 9 + [True]


def test_two_owners_at_once_cannot_be(people, rooms):
    """The owner hands the group over twice at once: the second one finds that it is not the owner any more."""
    room, owner = rooms[0], people[0]

    def hand_over(to):
        try:
            return groups.give_role(actor_id=owner.pk, conversation_id=room.pk, user_id=to.pk, role="owner")
        except ChatError as error:
            return error

    outcomes = together(lambda: hand_over(people[1]), lambda: hand_over(people[2]))
    assert sorted(isinstance(outcome, ChatError) for outcome in outcomes) == [False, True]
    assert room.members.filter(role="owner").count() == 1


def test_a_group_of_people_without_inboxes_from_ten_nodes(people):
    Inbox.objects.all().delete()
    ids = [person.pk for person in people]
    made = together(*(lambda n=n: groups.create(creator_id=ids[n % 7], title=str(n), user_ids=ids) for n in range(10)))
    assert len({group for group, _ in made}) == 10
    assert set(Inbox.objects.values_list("last_seq", flat=True)) == {10}
    assert_seqs_whole()
