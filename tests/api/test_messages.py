"""Messages by REST: sent, looked at, edited, recalled, by the rules of the socket."""

from uuid import uuid4

import pytest
from django.utils import timezone

from messages_store.models import Delivery, Message
from messages_store.services import groups

pytestmark = pytest.mark.django_db


def send(call, user, conversation, body="hello", **fields):
    fields.setdefault("client_id", str(uuid4()))
    return call(user, "POST", f"conversations/{conversation.pk}/messages", {"body": body, **fields})


@pytest.fixture
def hello(say, alice, bob, direct):
    """Alice's message to Bob."""
    return say(direct, alice, "hello")[0]


# Sent


def test_it_is_accepted_as_on_the_socket_and_rung(call, alice, bob, direct, rung):
    client_id = str(uuid4())
    status, accepted = send(call, alice, direct, client_id=client_id, kind="card", data={"n": [1]}, reply_to=None)
    message = Message.objects.get()
    created_at = accepted.pop("created_at")
    assert (status, accepted) == (
        201,
        {"client_id": client_id, "message": message.pk, "conversation": direct.pk, "number": 1, "seq": 1},
    )
    assert (message.kind, message.body, message.data) == ("card", "hello", {"n": [1]})
    assert created_at.endswith("Z")
    assert rung() == {alice.pk, bob.pk}


def test_the_same_again_gets_the_same_answer(call, alice, direct, rung):
    client_id = str(uuid4())
    first = send(call, alice, direct, client_id=client_id)
    rung()
    again = send(call, alice, direct, client_id=client_id.upper())
    assert again == (200, first[1])
    assert rung() == set()
    status, error = send(call, alice, direct, "other", client_id=client_id)
    assert (status, error["code"]) == (409, "conflict")
    assert Message.objects.count() == 1


def test_the_text_stays_as_it_was_written(call, alice, direct):
    send(call, alice, direct, "  two\n spaces ")
    assert Message.objects.get().body == "  two\n spaces "


def test_what_one_sends_in_a_minute_counts_here_too(call, alice, direct, settings):
    settings.IM_SENDS_PER_MINUTE = 1
    assert send(call, alice, direct)[0] == 201
    status, error = send(call, alice, direct)
    assert (status, error["code"]) == (429, "rate_limited")


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"client_id": "x"}, 400),
        ({"client_id": None}, 400),
        ({"body": None}, 400),
        ({"body": 5}, 400),
        ({"body": ""}, 400),
        ({"body": "\0"}, 400),
        ({"body": "x" * 20_001}, 413),
        ({"kind": "system"}, 400),
        ({"kind": "No Kind"}, 400),
        ({"data": []}, 400),
        ({"data": {"a": "x" * 9_000}}, 413),
        ({"reply_to": 0}, 400),
        ({"reply_to": 2**40}, 404),
    ],
)
def test_what_cannot_be_sent(call, alice, direct, fields, status):
    assert send(call, alice, direct, **{"body": "x", **fields})[0] == status
    assert not Message.objects.exists()


# One of them


def test_one_message_as_it_is_now(call, alice, bob, direct, hello):
    status, shown = call(bob, "GET", f"messages/{hello.message}")
    assert status == 200
    assert shown == call(bob, "GET", f"conversations/{direct.pk}/messages")[1]["results"][0]


def test_it_is_edited_and_rung(call, alice, bob, direct, hello, rung):
    status, shown = call(alice, "PATCH", f"messages/{hello.message}", {"body": "again"})
    assert (status, shown["body"], shown["edited_at"] is not None) == (200, "again", True)
    assert rung() == {alice.pk, bob.pk}
    assert call(alice, "PATCH", f"messages/{hello.message}", {"body": "again"}) == (200, shown)
    assert rung() == set()
    assert call(bob, "GET", f"conversations/{direct.pk}/messages")[1]["results"] == [shown]
    entries = call(bob, "GET", "inbox")[1]["results"]
    assert [(entry["type"], entry["message"]) for entry in entries] == [("message", shown), ("edited", shown)]


def test_it_is_recalled_and_says_nothing_any_more(call, alice, bob, direct, hello, rung):
    status, shown = call(alice, "DELETE", f"messages/{hello.message}")
    assert (status, shown["body"], shown["data"], shown["recalled_at"] is not None) == (200, "", None, True)
    assert rung() == {alice.pk, bob.pk}
    assert call(alice, "DELETE", f"messages/{hello.message}") == (200, shown)
    assert call(bob, "GET", f"messages/{hello.message}") == (200, shown)
    assert call(bob, "GET", "conversations")[1]["results"][0]["last_message"] == shown
    status, error = call(alice, "PATCH", f"messages/{hello.message}", {"body": "back"})
    assert (status, error["code"]) == (409, "conflict")


@pytest.mark.parametrize("body", [{}, {"body": None}, {"body": 5}, {"body": " "}, {"body": "\0"}, []])
def test_what_is_no_edit(call, alice, hello, body):
    assert call(alice, "PATCH", f"messages/{hello.message}", body)[0] == 400


def test_not_for_long(call, alice, hello, settings):
    settings.IM_EDIT_SECONDS = 0
    for method, body in (("PATCH", {"body": "x"}), ("DELETE", None)):
        status, error = call(alice, method, f"messages/{hello.message}", body)
        assert (status, error["code"]) == (403, "forbidden")


@pytest.mark.parametrize(("method", "body"), [("GET", None), ("PATCH", {"body": "mine"}), ("DELETE", None)])
def test_a_stranger_cannot_tell_what_exists(call, charlie, hello, method, body):
    answers = [call(charlie, method, f"messages/{id}", body) for id in (hello.message, 2**40, 10**30)]
    assert answers[0][0] == 404
    assert answers[0][1]["code"] == "not_found"
    assert all(answer == answers[0] for answer in answers)
    assert Message.objects.get().body == "hello"
    assert call(None, method, f"messages/{hello.message}", body)[0] == 401


def test_a_member_may_look_and_no_more(call, bob, hello):
    assert call(bob, "GET", f"messages/{hello.message}")[0] == 200
    for method, body in (("PATCH", {"body": "mine"}), ("DELETE", None)):
        assert call(bob, method, f"messages/{hello.message}", body)[0] == 403


def test_who_left_sees_it_no_more(call, say, alice, bob, group):
    [said] = say(group, bob, "hello")
    groups.remove(actor_id=bob.pk, conversation_id=group.pk, user_id=bob.pk)
    assert call(bob, "GET", f"messages/{said.message}")[0] == 404
    assert call(bob, "DELETE", f"messages/{said.message}")[0] == 404


def test_a_notification_is_its_recipients(call, alice, bob):
    note = Message.objects.create(kind="notification", body="Lunch", created_at=timezone.now())
    Delivery.objects.create(recipient=alice, seq=1, message=note)
    assert call(alice, "GET", f"messages/{note.pk}")[1]["body"] == "Lunch"
    assert call(bob, "GET", f"messages/{note.pk}")[0] == 404
    assert call(alice, "DELETE", f"messages/{note.pk}")[0] == 404
