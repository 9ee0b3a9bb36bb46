"""Notifications, a worker, devices that come, people who sign up and leave, while everybody talks and changes groups.

The same people and the same groups for all of it: whatever locks two of these things has to lock them in one order.
"""

import random
from contextlib import suppress
from itertools import count
from uuid import uuid4

import pytest
from django.db import transaction
from django.db.models import F

from chat.services import connections
from messages_store import notify, sql, working
from messages_store.drafts import Draft
from messages_store.errors import ChatError
from messages_store.models import Conversation, Delivery, Inbox, Message, Notification, User
from messages_store.notices import Notice
from messages_store.services import expiring, groups, handling, notifications, notifying, pruning, sending
from messages_store.services.pruning import NEVER, Cutoffs
from tests.conftest import make_user

from .at_once import patient, together  # noqa: F401 (a fixture for all of these)
from .leases import opening, start
from .look import assert_seqs_whole
from .test_changes_at_once import Everybody, people, rooms  # noqa: F401 (fixtures)

pytestmark = pytest.mark.django_db(transaction=True)

KEYS = [f"key{n}" for n in range(6)]
ROLLED_BACK = "taken back"
serial = count()


class Undone(Exception):
    pass


class Site(Everybody):
    """A whole site: what Everybody does, and what else goes on."""

    def __init__(self, *cast, node: int):
        super().__init__(*cast)
        self.node = node

    def notify(self) -> None:
        """By REST: the same few keys from everywhere, each for its own notice."""
        key = self.chance.choice(KEYS)
        notice = self.notice(random.Random(key), title=key)
        notifying.notify(sender_id=self.people[0], notice=notice, key=key)
        notifying.notify(sender_id=self.somebody(), notice=self.notice(self.chance, title="no key"))

    def notice(self, chance: random.Random, **fields) -> Notice:
        whom = chance.choice(["users", "users", "conversations", "everyone"])
        some = {"users": chance.sample(self.people, chance.randint(1, 6)), "conversations": self.rooms[:2]}
        return Notice(**fields, **{whom: tuple(some[whom]) if whom in some else True})

    def notify_from_python(self) -> None:
        """Within a transaction of the caller's own that has written something, and is taken back or not."""
        goes_wrong = self.chance.random() < 0.5
        with suppress(Undone), transaction.atomic():
            User.objects.filter(pk=self.somebody()).update(last_name=str(self.chance.random()))
            notify(self.chance.sample(self.people, 3), title=ROLLED_BACK if goes_wrong else "kept")
            if goes_wrong:
                raise Undone

    def work(self) -> None:
        working.work()

    def read_notifications(self) -> None:
        notifications.read(user_id=self.somebody(), up_to=self.chance.randint(1, 60))

    def come_and_go(self) -> None:
        """Devices: each asks for its place under the lock of its user's inbox."""
        users = User.objects.filter(pk__in=self.chance.sample(self.people, 3))
        openings = [opening(user, device=str(self.chance.randrange(3))) for user in users]
        connections.open(node_id=self.node, openings=openings)
        connections.close(connection_ids=[one.id for one in openings])

    def sign_up_and_leave(self) -> None:
        """Somebody new, who writes to somebody and gets into a group; and somebody who is disabled, and back."""
        new = make_user(f"new{next(serial)}")
        sending.send([Draft(sender=new.pk, to=self.somebody(), client_id=uuid4(), body="hi")])
        groups.create(creator_id=self.people[0], title="more", user_ids=[new.pk, self.people[1]])
        somebody = self.chance.choice(self.people[-2:])  # the others stay active all the time
        User.objects.filter(pk=somebody).update(is_active=self.chance.random() < 0.5)

    def prune(self) -> None:
        """What was acknowledged by now, and those messages that happen to be older than the middle one."""
        while not Inbox.objects.filter(acked_seq__gt=F("floor_seq")).exists():  # the others said little yet
            self.talk()
            self.acknowledge()
        times = sorted(Message.objects.values_list("created_at", flat=True))
        before = times[len(times) // 2]
        cutoffs = Cutoffs(acked_before=sql.now(), stored_before=NEVER, changed_before=before, ended_before=NEVER)
        found = pruning.find(cutoffs=cutoffs, after=0).ids
        if found:
            pruning.prune(user_ids=self.chance.sample(found, min(3, len(found))), cutoffs=cutoffs, limit=20)
        some = expiring.find_conversations(cutoffs=cutoffs, after=0).ids
        if some:
            expiring.prune_conversations(conversation_ids=some, cutoffs=cutoffs, limit=20)
        old = expiring.find_notifications(cutoffs=cutoffs, after=0).ids
        if old:
            expiring.prune_notifications(notification_ids=old, cutoffs=cutoffs, limit=2)

    def operate(self) -> None:
        """What an operator does, and what only its user decides."""
        messages = list(Message.objects.order_by("-pk").values_list("pk", flat=True)[:5])
        handling.mark_handled(message_ids=messages, by=User.objects.get(pk=self.somebody()))
        handling.unsent_events(message_ids=messages)
        with suppress(ChatError):  # who is not in it, cannot
            groups.mute(user_id=self.somebody(), conversation_id=self.room(), muted=self.chance.random() < 0.5)


JOBS = ["talk", "change", "acknowledge", "notify", "notify", "notify_from_python"]
JOBS += ["work", "work", "read_notifications", "come_and_go", "sign_up_and_leave", "operate"]


@pytest.mark.parametrize("pruned", [False, True])
def test_a_whole_site_at_once(people, rooms, pruned, monkeypatch, caplog):  # noqa: F811 (fixtures)
    monkeypatch.setattr(notifying, "CHUNK", 3)  # recipients that are many
    node = start()
    jobs = [*sorted(set(JOBS)), "prune", "prune"] if pruned else JOBS
    together(*(lambda n=n, job=job: Site(people, rooms, n, node=node).do(job) for n, job in enumerate(jobs)))
    while working.work():
        pass
    assert "has to wait" not in caplog.text, "a deadlock of the worker, which it would only try again"
    assert "fails" not in caplog.text
    assert_seqs_whole()
    if pruned:
        assert_pruned()
    else:
        assert_conversations_whole()
        assert_notified([person.pk for person in people[:-2]])


def assert_pruned() -> None:
    """Something was; and the rest has no holes."""
    assert Inbox.objects.filter(floor_seq__gt=0).exists()
    for room in Conversation.objects.all():
        numbers = list(room.messages.order_by("number").values_list("number", flat=True))
        assert numbers == list(range(room.floor_number + 1, room.last_number + 1)), "holes in a conversation"
    lost = Delivery.objects.filter(status="unsent", seq__lte=F("recipient__inbox__floor_seq"))
    assert not lost.exists(), "pruned before anybody had it"


def assert_conversations_whole() -> None:
    for room in Conversation.objects.all():
        numbers = list(room.messages.order_by("number").values_list("number", flat=True))
        assert numbers == list(range(1, room.last_number + 1)), "holes in a conversation"
    for message in Message.objects.filter(conversation__isnull=False, sender__isnull=False):
        entries = list(message.deliveries.filter(recipient=message.sender).order_by("seq").values_list("event"))
        assert entries[0] == ("message",), "changed before it was said"
        assert (entries[-1] == ("recalled",)) == (message.recalled_at is not None)


def assert_notified(always_active: list[int]) -> None:
    """Everybody whom it is for, once; nothing of what was taken back; one for each key."""
    found = Notification.objects.all()
    assert not found.filter(title=ROLLED_BACK).exists()
    assert not Message.objects.filter(kind="notification", notification=None).exists()
    assert found.filter(title="kept").exists()
    assert sorted(set(found.exclude(key=None).values_list("key", flat=True))) == KEYS
    assert found.exclude(key=None).count() == len(KEYS)
    for notification in found:
        got = list(Delivery.objects.filter(message=notification.pk).order_by("recipient").values_list("recipient"))
        got = [recipient for (recipient,) in got]
        assert notification.finished_at is not None
        assert notification.done == notification.total == len(got) == len(set(got))
        if "users" in notification.audience:
            assert got == notification.audience["users"]
        else:
            assert set(always_active) <= set(got)
