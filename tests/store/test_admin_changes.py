"""Edits and recalls in the admin: what a message said before is nowhere, and when it changed is told."""

import re

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from messages_store.admin.badges import precise
from messages_store.changes import Edit, Recall
from messages_store.models import Delivery, Look, Message
from messages_store.services import editing, receipts

from .admin_world import group, listed, people, say
from .test_admin_messages import act, exported, page, row_of

pytestmark = pytest.mark.django_db
LIST = reverse("admin:messages_store_message_changelist")


@pytest.fixture
def three():
    return people("alice", "bob", "charlie")


@pytest.fixture
def message(three) -> Message:
    (pk,) = say(group("Lunch", three), three[0], "the first secret")
    Message.objects.filter(pk=pk).update(data={"more": "another secret"})
    return Message.objects.get(pk=pk)


def edit(message: Message, body: str) -> Message:
    return change(Edit(message.sender_id, message.pk, body))


def recall(message: Message) -> Message:
    return change(Recall(message.sender_id, message.pk))


def change(one) -> Message:
    (outcome,) = editing.change([one]).outcomes
    return Message.objects.get(pk=outcome.message)


def everywhere(client, message: Message) -> dict[str, str]:
    """All that the admin shows of a message, by what shows it."""
    transcript = reverse("admin:messages_store_conversation_transcript", args=[message.conversation_id])
    deliveries = reverse("admin:messages_store_delivery_changelist")
    return {
        "list": client.get(LIST).text,
        "page": page(client, message.pk),
        "transcript": client.get(transcript).text,
        "deliveries": client.get(deliveries, {"message": message.pk}).text,
        "csv": exported(act(client, "export_csv", message.pk)),
        "json": exported(act(client, "export_json", message.pk)),
    }


def test_what_was_recalled_is_nowhere_and_that_it_was_is_shown(admin_client, message):
    assert all("secret" in text for place, text in everywhere(admin_client, message).items() if place != "deliveries")
    message = recall(edit(message, "the second secret"))
    for place, text in everywhere(admin_client, message).items():
        assert "secret" not in text, place
        assert "recalled" in text.lower(), place
    shown, at = everywhere(admin_client, message), precise(message.recalled_at)
    for place in ("list", "page", "transcript"):
        assert at in shown[place], place
    assert listed(admin_client, "message", q="secret") == []


def test_nothing_of_what_was_recalled_is_in_any_table(admin_client, message):
    """Beside what operators typed themselves: the looks at it keep ids and no text."""
    everywhere(admin_client, message)
    recall(edit(message, "the second secret"))
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608
            assert "secret" not in str(cursor.fetchall()), table
    assert Look.objects.exists()


def test_an_edited_message_says_what_it_says_now_and_when_it_was_edited(admin_client, message):
    message = edit(message, "in other words")
    for place, text in everywhere(admin_client, message).items():
        assert "the first secret" not in text, place
        assert "edited" in text.lower(), place
        assert place == "deliveries" or "in other words" in text, place
    at = precise(message.edited_at)
    shown = everywhere(admin_client, message)
    assert at in shown["page"]
    assert f'<span class="note">edited {at}</span>' in shown["list"]
    assert re.search(rf'edited <time datetime="[^"]+">{at}</time>', shown["transcript"])


def test_each_change_has_its_own_time_in_the_trace(admin_client, message):
    """The message keeps the time of the last edit only."""
    times = []
    for body in ("one", "two"):
        message = edit(message, body)
        times.append(message.edited_at)
    times.append(recall(message).recalled_at)
    changes = Delivery.objects.filter(recipient__username="bob").exclude(event="message").order_by("seq")
    assert list(changes.values_list("event", "stored_at")) == list(
        zip(("edited", "edited", "recalled"), times, strict=True)
    )
    assert len(set(times)) == 3
    text = page(admin_client, message.pk)
    for time in times:
        stored = f"<td><time>{timezone.localtime(time):%Y-%m-%d %H:%M:%S.%f}</time></td>"
        assert text.count(stored) == 3  # one for each member


def test_a_change_is_sent_like_a_message_and_its_sender_has_it(admin_client, three, message):
    receipts.ack(user_id=three[1].pk, seq=1)
    receipts.read(user_id=three[1].pk, conversation_id=message.conversation_id, number=1)
    edit(message, "in other words")
    text = page(admin_client, message.pk)
    rows = {name: (row_of(text, name), row_of(text[text.index(">edited<") - 200 :], name)) for name in ("alice", "bob")}
    first, edited = rows["bob"]
    assert "badge sent" in first
    assert "by <time>20" in first
    assert "badge unsent" in edited
    assert "not yet" not in edited  # a read mark tells of the message, and nothing of its edits
    for row in rows["alice"]:
        assert "the sender's own" in row.replace("&#x27;", "'")
