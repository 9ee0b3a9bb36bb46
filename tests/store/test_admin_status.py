"""Unsent, "2 of 3 sent", sent."""

import pytest
from django.urls import reverse
from django.utils import timezone

from messages_store.admin.badges import badge
from messages_store.models import Delivery, Inbox, Message
from messages_store.services import receipts

from .admin_world import direct, group, listed, people, say

pytestmark = pytest.mark.django_db


@pytest.fixture
def four():
    return people("alice", "bob", "charlie", "dora")


@pytest.fixture
def message(four):
    (pk,) = say(group("Lunch", four), four[0], "Pizza today?")
    return pk


def status_of(client, pk: int) -> str:
    """As the list and the message's own page show it."""
    (row,) = [row for row in listed(client, "message") if row.pk == pk]
    page = client.get(reverse("admin:messages_store_message_change", args=[pk]))
    assert f"<dt>Status</dt><dd>{badge(row)}" in page.text
    return str(row.status)


def filtered(client, status: str) -> list[int]:
    return [row.pk for row in listed(client, "message", status=status)]


def append(recipient, pk: int, event: str) -> None:
    """One more unsent entry in somebody's inbox."""
    inbox = Inbox.objects.get(user=recipient)
    inbox.last_seq += 1
    inbox.save()
    Delivery.objects.create(recipient=recipient, seq=inbox.last_seq, message_id=pk, event=event)


def test_nobody_has_it(admin_client, message):
    assert status_of(admin_client, message) == "unsent"
    assert (filtered(admin_client, "unsent"), filtered(admin_client, "sent")) == ([message], [])


def test_some_have_it_and_the_sender_is_not_counted(admin_client, four, message):
    receipts.ack(user_id=four[1].pk, seq=1)
    receipts.ack(user_id=four[2].pk, seq=1)
    assert status_of(admin_client, message) == "2 of 3 sent"
    assert (filtered(admin_client, "unsent"), filtered(admin_client, "sent")) == ([message], [])


def test_everybody_has_it(admin_client, four, message):
    for person in four[1:]:
        receipts.ack(user_id=person.pk, seq=1)
    assert status_of(admin_client, message) == "sent"
    assert (filtered(admin_client, "unsent"), filtered(admin_client, "sent")) == ([], [message])


def test_an_edit_makes_it_wait_again_for_those_who_have_not_seen_it(admin_client, four, message):
    for person in four[1:]:
        receipts.ack(user_id=person.pk, seq=1)
    append(four[1], message, "edited")
    assert status_of(admin_client, message) == "2 of 3 sent"
    assert filtered(admin_client, "unsent") == [message]


def test_a_person_with_two_entries_is_one_person(admin_client, four, message):
    append(four[1], message, "edited")
    receipts.ack(user_id=four[2].pk, seq=1)
    assert status_of(admin_client, message) == "1 of 3 sent"


def test_a_sender_for_whom_something_waits_counts(admin_client, four, message):
    """Somebody else recalled it, and everybody but the sender knows."""
    for person in four[1:]:
        receipts.ack(user_id=person.pk, seq=1)
    append(four[0], message, "recalled")
    assert status_of(admin_client, message) == "3 of 4 sent"
    assert filtered(admin_client, "unsent") == [message]


def test_a_notification_of_the_system_counts_everybody(admin_client, four):
    direct(four[0], four[1])  # gives them inboxes
    notification = Message.objects.create(body="Maintenance at six", kind="notification", created_at=timezone.now())
    for person in four[:2]:
        append(person, notification.pk, "message")
    assert status_of(admin_client, notification.pk) == "unsent"
    receipts.ack(user_id=four[0].pk, seq=1)
    assert status_of(admin_client, notification.pk) == "1 of 2 sent"


def test_a_message_without_recipients_waits_for_nobody(admin_client, four):
    (alone,) = say(group("Notes", four[:1]), four[0], "Milk")
    assert status_of(admin_client, alone) == "sent"
    assert filtered(admin_client, "sent") == [alone]


def test_deliveries_by_status(admin_client, four, message):
    receipts.ack(user_id=four[1].pk, seq=1)

    def recipients(status):
        return {row.recipient.username for row in listed(admin_client, "delivery", status=status)}

    assert recipients("unsent") == {"charlie", "dora"}
    assert recipients("sent") == {"alice", "bob"}
