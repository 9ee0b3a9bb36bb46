"""The rules that the database keeps, whoever writes to it."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from messages_store.models import (
    Attachment,
    Conversation,
    Delivery,
    Device,
    Digest,
    Inbox,
    Member,
    Message,
    Notification,
    NotifierChoice,
    Preferences,
    PushSubscription,
    Reminder,
    Spell,
    Tally,
    Token,
    User,
    WeChatAccount,
)

from .look import drafts, say

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SAID = UUID(int=7)


class World:
    """Alice and Bob, who talked once, and a message to break rules with."""

    def __init__(self, alice, bob, direct):
        self.alice, self.bob, self.direct = alice, bob, direct
        say(*drafts(alice, direct, 2))
        self.first, self.second = Message.objects.order_by("number")
        Message.objects.filter(pk=self.first.pk).update(client_id=SAID)
        self.entry = Delivery.objects.filter(recipient=bob, seq=1)
        self.inbox = Inbox.objects.filter(user=bob)
        self.member = Member.objects.filter(user=bob)
        self.conversation = Conversation.objects.filter(pk=direct.pk)

    def message(self, **fields) -> None:
        plain = {"conversation": self.direct, "number": 3, "sender": self.alice, "created_at": NOON}
        Message.objects.create(**plain | fields)

    def said(self, **fields) -> None:
        """Write this into what was said first."""
        Message.objects.filter(pk=self.first.pk).update(**fields)

    def delivery(self, **fields) -> None:
        Delivery.objects.create(**{"recipient": self.bob, "seq": 3, "message": self.first} | fields)

    def notification(self, message, **fields) -> None:
        plain = {"title": "x", "audience": {}, "digest": "x", "total": 1, "created_at": NOON}
        Notification.objects.create(message=message, **plain | fields)

    def reminder(self, **fields) -> None:
        plain = {"notifier": "log", "spell": 1, "due_at": NOON, "next_at": NOON, "from_seq": 1, "up_to_seq": 2}
        Reminder.objects.create(**{"user": self.bob} | plain | fields)

    def attachment(self, **fields) -> None:
        plain = {"name": "x.txt", "size": 10, "received": 10, "state": "ready", "created_at": NOON}
        Attachment.objects.create(**{"owner": self.alice} | plain | fields)

    def digest(self, **fields) -> None:
        plain = {"day": NOON.date(), "due_at": NOON, "next_at": NOON, "until_at": NOON}
        Digest.objects.create(**{"user": self.bob} | plain | fields)


@pytest.fixture
def world(alice, bob, direct) -> World:
    return World(alice, bob, direct)


Violation = Callable[[World], object]

# Constraint → what it forbids → how somebody might try.
FORBIDDEN: dict[str, dict[str, Violation]] = {
    "user_kind_is_known": {
        "a kind that is none": lambda w: User.objects.create(username="erin", kind="robot"),
        "no kind": lambda w: User.objects.filter(pk=w.bob.pk).update(kind=""),
    },
    "conversation_direct_has_its_pair": {
        "a direct one without its pair": lambda w: Conversation.objects.create(kind="direct"),
        "a group with a pair": lambda w: Conversation.objects.create(kind="group", direct_key="1:2"),
        "a support one with a pair": lambda w: Conversation.objects.create(kind="support", direct_key="1:2"),
        "a kind that is none": lambda w: Conversation.objects.create(kind="party"),
        "a direct one made a group": lambda w: w.conversation.update(kind="group"),
    },
    "conversation_counts_from_zero": {
        "a last number below 0": lambda w: w.conversation.update(last_number=-1),
    },
    "conversation_floor_last_in_order": {
        "a floor beyond the last number": lambda w: w.conversation.update(floor_number=3),
        "a floor below 0": lambda w: w.conversation.update(floor_number=-1),
    },
    "member_once_per_conversation": {
        "a member twice": lambda w: Member.objects.create(conversation=w.direct, user=w.bob),
        "a member again who left": lambda w: (
            w.member.update(left_at=NOON),
            Member.objects.create(conversation=w.direct, user=w.bob),
        ),
    },
    "member_one_owner_per_conversation": {
        "two owners": lambda w: Member.objects.filter(conversation=w.direct).update(role="owner"),
        "an owner who comes back": lambda w: (
            w.member.update(role="owner", left_at=NOON),
            Member.objects.filter(conversation=w.direct, user=w.alice).update(role="owner"),
            w.member.update(left_at=None),
        ),
    },
    "member_role_is_known": {
        "a role that is none": lambda w: w.member.update(role="queen"),
        "no role": lambda w: w.member.update(role=""),
    },
    "message_number_once_per_conversation": {
        "a number twice": lambda w: w.message(number=2),
        "a number changed to another's": lambda w: Message.objects.filter(pk=w.second.pk).update(number=1),
    },
    "message_once_per_sender_and_client_id": {
        "a client_id twice": lambda w: w.message(client_id=SAID),
        "a client_id twice in two conversations": lambda w: w.message(
            client_id=SAID, conversation=Conversation.objects.create(kind="group")
        ),
        "a client_id twice, once in none": lambda w: w.message(client_id=SAID, conversation=None, number=None),
    },
    "message_numbered_in_its_conversation": {
        "a message without its number": lambda w: w.message(number=None),
        "a number without a conversation": lambda w: w.message(conversation=None),
        "a number of 0": lambda w: w.message(number=0),
        "a number below 0": lambda w: w.message(number=-1),
    },
    "message_recalled_says_nothing": {
        "a recalled one with its body": lambda w: w.said(recalled_at=NOON, first_digest="x"),
        "a recalled one with its data": lambda w: w.said(recalled_at=NOON, first_digest="x", body="", data={"a": 1}),
        "a body for a recalled one": lambda w: (
            w.said(recalled_at=NOON, first_digest="x", body=""),
            w.said(body="back"),
        ),
    },
    "message_changed_keeps_its_first_digest": {
        "an edited one without it": lambda w: w.said(edited_at=NOON),
        "a recalled one without it": lambda w: w.said(recalled_at=NOON, body=""),
    },
    "inbox_floor_acked_last_in_order": {
        "acked beyond the head": lambda w: w.inbox.update(acked_seq=3),
        "a head below what is acked": lambda w: w.inbox.update(acked_seq=2, last_seq=1),
        "a floor beyond what is acked": lambda w: w.inbox.update(floor_seq=1),
        "a floor below 0": lambda w: w.inbox.update(floor_seq=-1),
        "acked below 0": lambda w: w.inbox.update(acked_seq=-1),
    },
    "delivery_seq_once_per_recipient": {
        "a seq twice": lambda w: w.delivery(seq=2),
        "a seq changed to another's": lambda w: w.entry.update(seq=2),
    },
    "delivery_counts_from_one": {
        "a seq of 0": lambda w: w.delivery(seq=0),
        "a seq below 0": lambda w: w.delivery(seq=-1),
    },
    "delivery_event_is_known": {
        "an event that is none": lambda w: w.delivery(event="deleted"),
        "no event": lambda w: w.entry.update(event=""),
    },
    "delivery_sent_has_its_time": {
        "sent without a time": lambda w: w.entry.update(status="sent"),
        "a time without being sent": lambda w: w.entry.update(sent_at=NOON),
        "unsent again with its time": lambda w: (
            w.entry.update(status="sent", sent_at=NOON),
            w.entry.update(status="unsent"),
        ),
        "a status that is none": lambda w: w.delivery(status="lost"),
        "a status that is none, with a time": lambda w: w.delivery(status="lost", sent_at=NOON),
    },
    "delivery_read_is_a_notification": {
        "a message that is read for itself": lambda w: w.entry.update(read_at=NOON),
        "a notification made a message": lambda w: (
            w.entry.update(is_notification=True, read_at=NOON),
            w.entry.update(is_notification=False),
        ),
    },
    "device_once_per_user": {
        "the same device again": lambda w: [
            Device.objects.create(user=w.bob, device_id="phone", kind="ios") for _ in range(2)
        ],
    },
    "notification_once_per_recipient": {
        "a notification twice for one": lambda w: (
            w.delivery(is_notification=True),
            w.delivery(is_notification=True, seq=4),
        ),
    },
    "notification_once_per_key": {
        "a key twice of one sender": lambda w: (
            w.notification(w.first, sender=w.alice, key="k"),
            w.notification(w.second, sender=w.alice, key="k"),
        ),
    },
    "notification_of_the_system_once_per_key": {
        "a key twice of the system": lambda w: (
            w.notification(w.first, key="k"),
            w.notification(w.second, key="k"),
        ),
    },
    "notification_done_of_total": {
        "more than there are": lambda w: w.notification(w.first, done=2),
        "fewer than none": lambda w: w.notification(w.first, done=-1),
    },
    "spell_first_up_to": {
        "one that ends before it begins": lambda w: Spell.objects.create(user=w.bob, first_seq=2, up_to_seq=1),
        "one that begins before all": lambda w: Spell.objects.create(user=w.bob, first_seq=-1),
    },
    "reminder_once_per_spell": {
        "the same reminder again": lambda w: (w.reminder(), w.reminder()),
    },
    "reminder_outcome_is_known": {
        "an outcome that is none": lambda w: w.reminder(outcome="lost", ended_at=NOON),
    },
    "reminder_ended_has_its_time": {
        "sent at no time": lambda w: w.reminder(outcome="sent"),
        "it waits though it has ended": lambda w: w.reminder(ended_at=NOON),
    },
    "reminder_counts_from_one": {
        "of the entry before the first": lambda w: w.reminder(from_seq=0),
        "of entries that end before they begin": lambda w: w.reminder(from_seq=3),
        "the one before the first": lambda w: w.reminder(number=0),
    },
    "attachment_received_within_its_size": {
        "more than was announced": lambda w: w.attachment(received=11),
        "less than nothing": lambda w: w.attachment(received=-1),
        "an empty one": lambda w: w.attachment(size=0, received=0),
    },
    "attachment_state_is_known": {
        "a state that is none": lambda w: w.attachment(state="lost"),
    },
    "attachment_sent_when_ready": {
        "sent while it comes": lambda w: w.attachment(state="receiving", message=w.first, sent_at=NOON),
        "sent at no time": lambda w: w.attachment(message=w.first),
        "removed, and in a message": lambda w: w.attachment(message=w.first, sent_at=NOON, removed_at=NOON),
    },
    "digest_once_per_day": {
        "the same day again": lambda w: (w.digest(), w.digest()),
    },
    "digest_outcome_is_known": {
        "an outcome that is none": lambda w: w.digest(outcome="lost", ended_at=NOON),
    },
    "digest_ended_has_its_time": {
        "sent at no time": lambda w: w.digest(outcome="sent"),
        "it waits though it has ended": lambda w: w.digest(ended_at=NOON),
    },
    "preferences_quiet_has_both_ends": {
        "quiet for ever": lambda w: Preferences.objects.create(user=w.bob, quiet_from=NOON.time()),
        "quiet from no time": lambda w: Preferences.objects.create(user=w.bob, quiet_until=NOON.time()),
    },
    "notifier_chosen_once_per_user": {
        "on and off": lambda w: [NotifierChoice.objects.create(user=w.bob, notifier="log", on=on) for on in (0, 1)],
    },
    "tally_once_per_outcome": {
        "two counts of the same": lambda w: [Tally.objects.create(notifier="log", outcome="sent") for _ in range(2)],
    },
    "unique fields": {
        "two people of one name": lambda w: User.objects.create(username="bob"),
        "two direct conversations of a pair": lambda w: Conversation.objects.create(
            kind="direct", direct_key=w.direct.direct_key
        ),
        "two inboxes of a user": lambda w: Inbox.objects.bulk_create([Inbox(user=w.bob)]),
        "a browser twice": lambda w: PushSubscription.objects.bulk_create(
            [PushSubscription(user=user, endpoint="https://push.example.com/a") for user in (w.alice, w.bob)]
        ),
        "an openid of two people": lambda w: WeChatAccount.objects.bulk_create(
            [WeChatAccount(user=user, openid="a") for user in (w.alice, w.bob)]
        ),
        "two openids of a user": lambda w: WeChatAccount.objects.bulk_create(
            [WeChatAccount(user=w.bob, openid=openid) for openid in "ab"]
        ),
        "two tokens of one digest": lambda w: Token.objects.bulk_create(
            [Token(digest="x", user=w.alice), Token(digest="x", user=w.bob)]
        ),
    },
}
VIOLATIONS = [(rule, name) for rule, attempts in FORBIDDEN.items() for name in attempts]


@pytest.mark.parametrize(("rule", "name"), VIOLATIONS, ids=[f"{rule}-{name}" for rule, name in VIOLATIONS])
def test_the_database_refuses(world, rule, name):
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        FORBIDDEN[rule][name](world)
    # SQLite names columns where PostgreSQL names the constraint.
    assert rule in str(refused.value) or "UNIQUE" in str(refused.value) or rule == "unique fields"


def test_every_rule_is_tried():
    rules = {c.name for model in apps.get_app_config("messages_store").get_models() for c in model._meta.constraints}
    assert rules == FORBIDDEN.keys() - {"unique fields"}


def test_every_rule_is_in_a_migration():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


# What the rules allow


def test_a_message_of_the_system_has_no_place_and_no_sender(world):
    for _ in range(2):
        world.message(conversation=None, number=None, sender=None, kind="notification")
        world.message(conversation=None, number=None, sender=world.alice)


def test_senders_may_choose_the_same_key_and_some_choose_none(world):
    world.notification(world.first, sender=world.alice, key="k")
    world.notification(world.second, sender=world.bob, key="k")
    for _ in range(2):
        world.message(conversation=None, number=None)
    for message in Message.objects.filter(conversation=None):
        world.notification(message)


def test_people_may_choose_the_same_client_id(world):
    world.message(client_id=SAID, sender=world.bob)


def test_everything_acked_and_pruned_is_in_order(world):
    world.inbox.update(acked_seq=2, floor_seq=2)


# What hangs together


def test_nobody_who_said_something_can_be_deleted(world):
    with pytest.raises(ProtectedError):
        world.alice.delete()


def test_with_a_user_go_the_inbox_and_its_entries_and_no_message(world):
    world.bob.delete()
    assert not Inbox.objects.filter(user_id=world.bob.pk).exists()
    assert set(Delivery.objects.values_list("recipient", flat=True)) == {world.alice.pk}
    assert Message.objects.count() == 2


def test_an_answer_stays_when_its_question_goes(world):
    world.message(reply_to=world.first)
    world.first.delete()
    assert Message.objects.get(number=3).reply_to is None
