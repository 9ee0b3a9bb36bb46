"""One message's page, and what an operator can do with messages."""

import csv
import io
import json
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from messages_store import ringing
from messages_store.admin import export, message_actions
from messages_store.models import Handled, Message, NodeName, Outage
from messages_store.services import devices, handling, receipts

from .admin_world import crowd, direct, group, listed, people, say

pytestmark = pytest.mark.django_db
LIST = "admin:messages_store_message_changelist"


@pytest.fixture
def four():
    return people("alice", "bob", "charlie", "dora")


@pytest.fixture
def message(four, settings) -> int:
    devices.know_node(name=settings.NODE_NAME)
    return say(group("Lunch", four), four[0], "Pizza today?")[0]


def page(client, pk: int, **parameters) -> str:
    response = client.get(reverse("admin:messages_store_message_change", args=[pk]), parameters)
    assert response.status_code == 200
    return " ".join(response.text.split())


def row_of(text: str, name: str) -> str:
    """The line of a recipient in the trace."""
    start = text.index(f">{name}</a></th>")
    return text[start : text.index("</tr>", start)]


def act(client, action: str, *ids: int, **fields):
    return client.post(reverse(LIST), {"action": action, "_selected_action": ids, **fields})


# The page


def test_the_page_tells_what_became_of_it(admin_client, four, message, settings):
    _alice, bob, _charlie, _dora = four
    phone = devices.know(devices=[(bob.pk, "phone 1", "ios")])[bob.pk, "phone 1", "ios"]
    receipts.record(acks={bob.pk: 1}, reads={}, devices={bob.pk: phone})
    receipts.read(user_id=bob.pk, conversation_id=Message.objects.get(pk=message).conversation_id, number=1)
    text = page(admin_client, message)
    assert "Pizza today?" in text
    assert f"by {settings.NODE_NAME}" in text
    assert "1 of 3 sent" in text
    bobs = row_of(text, "bob")
    assert "ios phone 1" in bobs
    assert f"at {settings.NODE_NAME}" in bobs
    assert "unsent" not in bobs
    assert "not yet" not in bobs
    charlies = row_of(text, "charlie")
    assert "unsent" in charlies
    assert "not yet" in charlies
    assert "after the commit" in charlies
    assert "the sender's own" in row_of(text, "alice").replace("&#x27;", "'")


def test_a_ring_that_may_be_lost_is_told(admin_client, message):
    at = Message.objects.get(pk=message).created_at
    Outage.objects.create(
        node=NodeName.objects.get(),
        reason="layer",
        began_at=at - timedelta(seconds=5),
        ended_at=at + timedelta(seconds=5),
    )
    assert "in doubt" in row_of(page(admin_client, message), "bob")


def test_many_recipients_come_in_pages(admin_client, monkeypatch):
    monkeypatch.setattr("messages_store.admin.messages.STEPS", 3)
    members = crowd(5)
    (pk,) = say(group("Everybody", members), members[0], "hello")
    first = admin_client.get(reverse("admin:messages_store_message_change", args=[pk]))
    assert [member.username in first.text for member in members] == [True, True, True, False, False]
    rest = page(admin_client, pk, cursor=str(first.context["trace"].next))
    assert [f">{member.username}</a></th>" in rest for member in members] == [False, False, False, True, True]


def test_a_message_says_what_somebody_typed_and_nothing_else(admin_client, four):
    (pk,) = say(direct(four[0], four[1]), four[0], "<script>alert(1)</script>")
    conversation = Message.objects.get(pk=pk).conversation_id
    transcript = reverse("admin:messages_store_conversation_transcript", args=[conversation])
    for address in (reverse(LIST), reverse("admin:messages_store_message_change", args=[pk]), transcript):
        text = admin_client.get(address).text
        assert "&lt;script&gt;alert(1)" in text
        assert "<script>alert(1)" not in text


@pytest.mark.parametrize("pk", ["0", "x", "1" * 30, "-1"])
def test_a_message_that_is_not_there_is_not_found(admin_client, pk):
    assert admin_client.get(reverse(LIST) + f"{pk}/change/").status_code == 404


@pytest.mark.parametrize("huge", ["9" * 19, "9" * 5_000])
def test_a_number_beyond_every_database_is_none(admin_client, message, huge):
    where = Message.objects.get(pk=message).conversation_id
    transcript = reverse("admin:messages_store_conversation_transcript", args=[where])
    asked = [
        (reverse("admin:messages_store_message_change", args=[huge]), {}, 404),
        (reverse("admin:messages_store_message_change", args=[message]), {"cursor": huge}, 200),
        (reverse(LIST), {"conversation": huge}, 302),
        (reverse("admin:messages_store_delivery_changelist"), {"message": huge}, 302),
        (transcript, {"before": huge, "marked": huge}, 200),
        (transcript, {"after": huge}, 200),
    ]
    assert [admin_client.get(address, data).status_code for address, data, _ in asked] == [one[2] for one in asked]


# Ringing again


@pytest.fixture
def rung(monkeypatch, django_capture_on_commit_callbacks) -> list:
    """What was rung."""
    found = []

    class Listening:
        def ring(self, events):
            found.append(events)

    monkeypatch.setattr(ringing, "_installed", [Listening()])
    return found


def test_ringing_again_rings_those_who_have_it_not(
    admin_client, four, message, rung, django_capture_on_commit_callbacks
):
    _alice, bob, charlie, dora = four
    receipts.ack(user_id=bob.pk, seq=1)
    with django_capture_on_commit_callbacks(execute=True):
        act(admin_client, "ring_again", message)
    (events,) = rung
    assert events.keys() == {charlie.pk, dora.pk}
    (event,) = events[dora.pk]
    assert (event.seq, event.event, json.loads(event.message)["id"]) == (1, "message", message)


def test_what_many_are_rung_with_is_made_once(four, message):
    """It may be a notification to 100,000 people."""
    events = [event for found in handling.unsent_events(message_ids=[message]).values() for event in found]
    assert len(events) == 3
    assert all(event.message is events[0].message for event in events)


def test_nobody_is_rung_for_what_everybody_has(admin_client, four, message, rung, django_capture_on_commit_callbacks):
    for person in four[1:]:
        receipts.ack(user_id=person.pk, seq=1)
    with django_capture_on_commit_callbacks(execute=True):
        response = act(admin_client, "ring_again", message)
    assert rung == []
    assert "nobody was rung" in admin_client.get(response.url).text


def test_too_many_at_once_are_left_alone(admin_client, four, monkeypatch):
    monkeypatch.setattr(message_actions, "MOST_AT_ONCE", 2)
    ids = say(direct(four[0], four[1]), four[0], "one", "two", "three")
    act(admin_client, "mark_handled", *ids)
    assert not Handled.objects.exists()
    act(admin_client, "mark_handled", *ids[:2])
    assert Handled.objects.count() == 2


# Handled


def test_what_is_dealt_with_is_no_longer_listed_as_unsent(admin_client, admin_user, message):
    before = list(Message.objects.values())
    act(admin_client, "mark_handled", message)
    handled = Handled.objects.get()
    assert (handled.message_id, handled.by) == (message, admin_user)
    assert abs(timezone.now() - handled.at) < timedelta(minutes=1)
    assert listed(admin_client, "message", status="unsent") == []
    assert [row.pk for row in listed(admin_client, "message", status="handled")] == [message]
    assert listed(admin_client, "message", status="sent") == []
    assert ">handled</span>" in page(admin_client, message)
    assert list(Message.objects.values()) == before


def test_the_first_who_dealt_with_it_stays_and_it_can_be_taken_back(
    admin_client, admin_user, django_user_model, message
):
    act(admin_client, "mark_handled", message)
    other = Client()
    other.force_login(django_user_model.objects.create_superuser("other"))
    act(other, "mark_handled", message)
    assert Handled.objects.get().by == admin_user
    act(other, "unmark_handled", message)
    assert [row.pk for row in listed(admin_client, "message", status="unsent")] == [message]


def test_from_its_own_page_one_comes_back_to_it(admin_client, message):
    response = act(admin_client, "mark_handled", message, page_of=message)
    assert response.url == reverse("admin:messages_store_message_change", args=[message])
    assert act(admin_client, "unmark_handled", message, page_of="//evil.example").url.startswith(reverse(LIST))


# Exports


def exported(response) -> str:
    assert response.streaming
    assert "attachment" in response["Content-Disposition"]
    return b"".join(response).decode()


def test_csv_has_a_line_for_each_message(admin_client, four, message):
    receipts.ack(user_id=four[1].pk, seq=1)
    act(admin_client, "mark_handled", message)
    (line,) = csv.DictReader(io.StringIO(exported(act(admin_client, "export_csv", message))))
    assert (line["id"], line["sender_username"], line["body"]) == (str(message), "alice", "Pizza today?")
    assert (line["recipients"], line["unsent"], line["handled_by"]) == ("3", "2", "admin")


def test_json_is_what_was_said(admin_client, four, message):
    (pk,) = say(direct(four[0], four[1]), four[0], '"quoted"\n你好')
    found = json.loads(exported(act(admin_client, "export_json", message, pk)))
    assert [(one["id"], one["body"]) for one in found] == [(message, "Pizza today?"), (pk, '"quoted"\n你好')]


@pytest.mark.parametrize("body", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "=HYPERLINK(1)\nx", '"=1', "1=1"])
def test_no_cell_of_a_csv_is_a_formula(admin_client, four, body):
    (pk,) = say(direct(four[0], four[1]), four[0], body)
    (line,) = csv.DictReader(io.StringIO(exported(act(admin_client, "export_csv", pk))))
    assert line["body"].strip()[0] not in "=+-@"
    assert line["body"].removeprefix("'") == body


def test_an_export_of_everything_comes_chunk_by_chunk(admin_client, four, monkeypatch):
    monkeypatch.setattr(export, "CHUNK", 2)
    ids = say(direct(four[0], four[1]), four[0], *"abcde")
    response = act(admin_client, "export_json", ids[0], select_across="1")
    assert [one["id"] for one in json.loads(exported(response))] == ids
    lines = exported(act(admin_client, "export_csv", ids[0], select_across="1")).splitlines()
    assert len(lines) == 6


def test_an_export_takes_what_the_list_is_narrowed_to(admin_client, four, message):
    (other,) = say(direct(four[0], four[1]), four[1], "hello")
    address = reverse(LIST) + "?sender=bob"
    data = {"action": "export_json", "_selected_action": [other], "select_across": "1"}
    assert [one["id"] for one in json.loads(exported(admin_client.post(address, data)))] == [other]


@pytest.mark.django_db(transaction=True)
async def test_under_asgi_an_export_is_streamed_too(async_client, django_user_model):
    def prepare() -> list[int]:
        alice, bob = people("alice", "bob")
        return say(direct(alice, bob), alice, "one", "two")

    ids = await sync_to_async(prepare)()
    admin = await sync_to_async(django_user_model.objects.create_superuser)("root")
    await async_client.aforce_login(admin)
    response = await async_client.post(reverse(LIST), {"action": "export_json", "_selected_action": ids})
    assert response.is_async
    parts = [part async for part in response]
    assert [one["body"] for one in json.loads(b"".join(parts))] == ["one", "two"]
    assert len(parts) >= 3
    await sync_to_async(connections.close_all)()  # in that thread
