"""What the tests of the store say, and how they look at what became of it."""

from uuid import uuid4

from django.db import transaction

from messages_store.drafts import Draft
from messages_store.models import Conversation, Delivery, Inbox, Member, Message
from messages_store.services import sending
from messages_store.services.sending import Accepted

TABLES = (Conversation, Member, Message, Delivery, Inbox)


def drafts(sender, conversation, count: int) -> list[Draft]:
    return [
        Draft(sender=sender.pk, conversation=conversation.pk, client_id=uuid4(), body=f"{sender.username} {number}")
        for number in range(count)
    ]


def say(*drafts: Draft) -> list[Accepted]:
    """Send what must be accepted."""
    outcomes = sending.send(drafts).outcomes
    assert all(isinstance(outcome, Accepted) for outcome in outcomes), outcomes
    return outcomes


def inbox(user) -> list[tuple]:
    """(seq, body, status) of each entry."""
    return list(Delivery.objects.filter(recipient=user).order_by("seq").values_list("seq", "message__body", "status"))


def counters(user) -> tuple[int, int]:
    """last_seq, acked_seq"""
    return Inbox.objects.values_list("last_seq", "acked_seq").get(user=user)


def everything() -> list:
    """All rows that sending may touch."""
    return [list(model.objects.order_by("pk").values_list()) for model in TABLES]


class Undone(Exception):
    pass


def undone(do):
    """What `do` returns, with all that it wrote taken back."""
    found = []
    try:
        with transaction.atomic():
            found.append(do())
            raise Undone
    except Undone:
        return found[0]


def assert_whole() -> None:
    """What must be true of the store at any time, whoever did what at once."""
    assert_seqs_whole()
    for user_id in Inbox.objects.values_list("user", flat=True):
        entries = Delivery.objects.filter(recipient=user_id).order_by("seq")
        numbers: dict[int, int] = {}
        said = entries.filter(is_notification=False)
        for conversation, number in said.values_list("message__conversation", "message__number"):
            assert number > numbers.get(conversation, 0), "an inbox has a conversation out of order"
            numbers[conversation] = number
    for conversation in Conversation.objects.all():
        numbers = list(conversation.messages.order_by("number").values_list("number", flat=True))
        assert numbers == list(range(1, conversation.last_number + 1)), "holes in a conversation"
        members = set(conversation.members.present().values_list("user", flat=True))
        for message in conversation.messages.all():
            recipients = list(message.deliveries.values_list("recipient", flat=True))
            assert len(recipients) == len(members), "delivered twice, or not at all"
            assert set(recipients) == members


def assert_seqs_whole() -> None:
    """What is true of inboxes also where entries are more than messages: no holes, and what is acked is sent."""
    for user_id, last_seq, acked_seq, floor_seq in Inbox.objects.values_list(
        "user", "last_seq", "acked_seq", "floor_seq"
    ):
        everything = Delivery.objects.filter(recipient=user_id)
        assert not everything.filter(seq__lte=floor_seq, is_notification=False).exists(), "pruned, but there"
        entries = everything.filter(seq__gt=floor_seq).order_by("seq")
        assert list(entries.values_list("seq", flat=True)) == list(range(floor_seq + 1, last_seq + 1)), (
            "holes in an inbox"
        )
        assert 0 <= floor_seq <= acked_seq <= last_seq
        assert not entries.filter(seq__lte=acked_seq, status="unsent").exists(), "acked, but not sent"
