"""Notifications by REST: sent by who may, once per key, with what became of them; and the list under the bell."""

import json

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from messages_store import ringing, working
from messages_store.models import Delivery, Look, Message, Notification
from messages_store.services import notifying, receipts
from tests.conftest import make_user
from tests.store.test_concurrency import together

pytestmark = pytest.mark.django_db
LUNCH = {"title": "Lunch", "body": "It is ready.", "url": "/menu", "level": "success", "data": {"soup": "tomato"}}


def permit(user, codename: str):
    user.user_permissions.add(Permission.objects.get(codename=codename, content_type__app_label="messages_store"))


@pytest.fixture
def shop(db):
    """A service that may send notifications."""
    shop = make_user("shop", kind="service")
    permit(shop, "send_notification")
    return shop


def call(user, method: str, path: str, body=None, **headers):
    headers["Authorization"] = f"Token {user.key}"
    return getattr(Client(), method)(
        "/api/v1/" + path, body, headers=headers, **({"content_type": "application/json"} if method == "post" else {})
    )


@pytest.fixture
def send(shop):
    """send(users=["alice"], key="k"): by the shop; status and body."""

    def send(user=shop, key=None, **fields):
        answer = call(user, "post", "notifications", LUNCH | fields, **({"Idempotency-Key": key} if key else {}))
        return answer.status_code, answer.json()

    return send


def test_it_is_stored_for_users_by_id_and_name(send, get, alice, bob, shop):
    status, body = send(users=["alice", bob.pk])
    assert (status, body["recipients"]) == (
        201,
        [{"user": alice.pk, "status": "unsent"}, {"user": bob.pk, "status": "unsent"}],
    )
    (frame,) = get(bob, "inbox")[1]["results"]
    assert (frame["type"], frame["seq"]) == ("message", 1)
    told = {name: LUNCH[name] for name in ("title", "url", "level", "data")}
    assert frame["message"] == {
        "id": body["id"],
        "conversation": None,
        "number": None,
        "sender": shop.pk,
        "kind": "notification",
        "body": "It is ready.",
        "data": told,
        "client_id": None,
        "created_at": body["created_at"],
        "edited_at": None,
        "recalled_at": None,
        "reply_to": None,
    }


def test_its_address_is_told(shop, alice):
    answer = call(shop, "post", "notifications", LUNCH | {"users": ["alice"]})
    assert answer["Location"] == f"/api/v1/notifications/{answer.json()['id']}"
    assert call(shop, "get", answer["Location"].removeprefix("/api/v1/")).status_code == 200


def test_it_needs_no_membership(send, alice, bob, direct):
    assert [one["user"] for one in send(conversations=[direct.pk])[1]["recipients"]] == [alice.pk, bob.pk]


def test_everyone_gets_it(send, alice, bob):
    status, body = send(everyone=True)
    assert (status, [one["user"] for one in body["recipients"]]) == (201, [alice.pk, bob.pk])


def test_who_may_not_is_told_so(send, alice, bob):
    status, body = send(alice, users=["bob"])
    assert (status, body["code"]) == (403, "forbidden")
    assert not Message.objects.exists()


def test_nobody_is_told_to_sign_in():
    for path in ("notifications", "me/notifications/read"):
        answer = Client().post("/api/v1/" + path, LUNCH, content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    for path in ("notifications/1", "me/notifications"):
        assert Client().get("/api/v1/" + path).status_code == 401


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({}, 400, "invalid"),
        ({"users": []}, 400, "invalid"),
        ({"users": ["alice"], "everyone": True}, 400, "invalid"),
        ({"users": "alice"}, 400, "invalid"),
        ({"users": [True]}, 400, "invalid"),
        ({"users": [None]}, 400, "invalid"),
        ({"users": [1.5]}, 400, "invalid"),
        ({"users": [-1]}, 400, "invalid"),
        ({"users": [10**30]}, 400, "invalid"),
        ({"users": [2**53 - 1]}, 404, "not_found"),
        ({"users": ["nobody"]}, 404, "not_found"),
        ({"users": ["a\0"]}, 400, "invalid"),
        ({"conversations": [2**40]}, 404, "not_found"),
        ({"conversations": [10**30]}, 400, "invalid"),
        ({"users": ["alice"], "title": ""}, 400, "invalid"),
        ({"users": ["alice"], "title": "x" * 201}, 400, "invalid"),
        ({"users": ["alice"], "title": None}, 400, "invalid"),
        ({"users": ["alice"], "body": "x" * 20_001}, 413, "too_large"),
        ({"users": ["alice"], "url": "javascript:alert(1)"}, 400, "invalid"),
        ({"users": ["alice"], "url": "//evil.example"}, 400, "invalid"),
        ({"users": ["alice"], "url": "/\\evil.example"}, 400, "invalid"),
        ({"users": ["alice"], "url": " /x"}, 400, "invalid"),
        ({"users": ["alice"], "level": "fatal"}, 400, "invalid"),
        ({"users": ["alice"], "data": {"a": "x" * 8_192}}, 413, "too_large"),
        ({"users": ["alice"], "data": [1]}, 400, "invalid"),
        ({"users": ["alice"], "data": {"a": "\0"}}, 400, "invalid"),
        ({"users": ["alice"], "title": "\ud800"}, 400, "invalid"),
    ],
)
def test_what_is_wrong_is_told(send, alice, fields, status, code):
    answered, body = send(**fields)
    assert (answered, body["code"]) == (status, code)
    assert not Message.objects.exists()


@pytest.mark.parametrize("body", ["[]", "null", "7", '"x"', "{", ""])
def test_what_is_no_object_is_invalid(shop, body):
    assert call(shop, "post", "notifications", body).status_code == 400


# Once


def test_the_same_key_and_body_get_the_same_answer_for_ever(send, alice, bob, shop):
    first = send(users=["alice", "bob"], key="k")
    receipts.ack(user_id=alice.pk, seq=1)
    call(alice, "post", "me/notifications/read", {"up_to": 1})
    bob.delete()
    assert send(users=["bob", "alice"], key="k") == first
    assert Message.objects.count() == 1


def test_another_body_under_the_same_key_is_a_conflict(send, alice, bob):
    send(users=["alice"], key="k")
    for fields in ({"users": ["bob"]}, {"users": ["alice"], "title": "Dinner"}, {"everyone": True}):
        status, body = send(**fields, key="k")
        assert (status, body["code"]) == (409, "conflict")
    assert Message.objects.count() == 1


@pytest.mark.parametrize("key", ["x" * 201, "two words", "schl\u00fcssel"])
def test_a_key_that_is_none_is_refused(send, alice, key):
    assert send(users=["alice"], key=key)[0] == 400


@pytest.mark.django_db(transaction=True)
def test_ten_at_once_get_one_answer(send, alice, bob):
    answers = together(*[lambda: send(users=["alice", "bob"], key="k")] * 10)
    assert [status for status, _body in answers] == [201] * 10
    assert len({body["id"] for _status, body in answers}) == 1
    assert Delivery.objects.count() == 2


# Rung


class Heard:
    """In the place of the ringer."""

    def __init__(self):
        self.events, self.frames = {}, {}

    def ring(self, events) -> None:
        self.events.update(events)

    def hint(self, frames) -> None:
        self.frames.update(frames)


@pytest.fixture
def heard(transactional_db) -> Heard:
    before, heard = ringing._installed[0], Heard()
    ringing.install(heard)
    yield heard
    ringing.install(before)


def test_who_gets_it_is_rung(heard, send, alice, bob):
    id = send(users=["alice", "bob"])[1]["id"]
    assert {user: [event.seq for event in events] for user, events in heard.events.items()} == {
        alice.pk: [1],
        bob.pk: [1],
    }
    assert json.loads(heard.events[alice.pk][0].message)["id"] == id


def test_ones_devices_are_told_what_is_read(heard, send, alice):
    id = send(users=["alice"])[1]["id"]
    call(alice, "post", "me/notifications/read", {"ids": [id], "up_to": 1})
    (frame,) = heard.frames[alice.pk]
    assert json.loads(frame) == {"type": "notifications_read", "ids": [id], "up_to": 1, "unread": 0}


# Many


def test_many_are_accepted_and_told_later(send, get, shop, monkeypatch):
    people = [make_user(f"u{n}") for n in range(5)]
    monkeypatch.setattr(notifying, "CHUNK", 2)
    first = send(everyone=True, key="k")
    assert (first[0], first[1]["recipients"]) == (202, None)
    address = f"notifications/{first[1]['id']}"
    told = call(shop, "get", address).json()
    assert (told["total"], told["done"], told["finished_at"], told["recipients"]) == (5, 0, None, [])
    working.work()
    told = call(shop, "get", address).json()
    assert (told["done"], [one["user"] for one in told["recipients"]]) == (2, [people[0].pk, people[1].pk])
    while working.work():
        pass
    told = call(shop, "get", address).json()
    assert (told["done"], told["unsent"], told["sent"], told["read"]) == (5, 5, 0, 0)
    assert told["finished_at"] is not None
    assert send(everyone=True, key="k") == first


# What became of it


def test_progress_and_recipients_are_told(send, shop, alice, bob, charlie):
    id = send(users=["alice", "bob", "charlie"])[1]["id"]
    receipts.ack(user_id=bob.pk, seq=1)
    call(bob, "post", "me/notifications/read", {"ids": [id]})
    told = call(shop, "get", f"notifications/{id}?limit=2").json()
    assert told["recipients"][0] == {"user": alice.pk, "status": "unsent", "sent_at": None, "read_at": None}
    seen = told["recipients"][1]
    assert (seen["user"], seen["status"]) == (bob.pk, "sent")
    assert seen["sent_at"].endswith("Z")
    assert seen["read_at"].endswith("Z")
    assert (told["total"], told["done"], told["unsent"], told["sent"], told["read"]) == (3, 3, 2, 1, 1)
    assert {name: told[name] for name in LUNCH} == LUNCH
    rest = call(shop, "get", f"notifications/{id}?limit=2&cursor={told['next']}").json()
    assert ([one["user"] for one in rest["recipients"]], rest["next"]) == ([charlie.pk], None)


@pytest.mark.parametrize("whose", ["another sender's", "a recipient's", "nobody's", "beyond every database"])
def test_a_stranger_cannot_tell_what_exists(send, alice, charlie, whose):
    id = send(users=["alice"])[1]["id"]
    who = alice if whose == "a recipient's" else charlie
    permit(charlie, "send_notification")
    which = {"nobody's": id + 1, "beyond every database": 10**30}.get(whose, id)
    answer = call(who, "get", f"notifications/{which}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert str(which) not in answer.json()["message"]


def test_of_another_sender_it_is_for_who_may_read_what_it_says_and_that_is_recorded(send, shop, alice, dora):
    """As in the admin: to see that there is one is not to read it."""
    id = send(users=["alice"])[1]["id"]
    permit(dora, "view_notification")
    answer = call(dora, "get", f"notifications/{id}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    permit(dora, "view_bodies")
    assert call(dora, "get", f"notifications/{id}").json()["title"] == "Lunch"
    call(shop, "get", f"notifications/{id}")
    assert list(Look.objects.values_list("by", "what", "messages", "address")) == [
        (dora.pk, "message", [id], "127.0.0.1")
    ]


# Under the bell


def test_ones_own_are_listed_newest_first(send, get, shop, alice, bob):
    first, second = (send(users=["alice"], title=title)[1] for title in ("one", "two"))
    send(users=["bob"])
    status, body = get(alice, "me/notifications")
    assert (status, body["unread"], body["next"]) == (200, 2, None)
    assert [(one["id"], one["seq"], one["title"]) for one in body["results"]] == [
        (second["id"], 2, "two"),
        (first["id"], 1, "one"),
    ]
    assert body["results"][1] == LUNCH | {
        "id": first["id"],
        "seq": 1,
        "title": "one",
        "sender": shop.pk,
        "created_at": first["created_at"],
        "read_at": None,
    }


def test_its_pages_follow_each_other(send, get, alice):
    for n in range(5):
        send(users=["alice"], title=str(n))
    titles, cursor = [], {}
    while cursor is not None:
        body = get(alice, "me/notifications", limit=2, **cursor)[1]
        titles.append([one["title"] for one in body["results"]])
        cursor = body["next"] and {"cursor": body["next"]}
    assert titles == [["4", "3"], ["2", "1"], ["0"]]


def test_some_or_all_up_to_one_are_read(send, get, alice):
    ids = [send(users=["alice"], title=str(n))[1]["id"] for n in range(4)]
    assert call(alice, "post", "me/notifications/read", {"ids": [ids[3]]}).json() == {"unread": 3}
    assert call(alice, "post", "me/notifications/read", {"up_to": 2}).json() == {"unread": 1}
    body = get(alice, "me/notifications", unread="true")[1]
    assert [one["title"] for one in body["results"]] == ["2"]
    assert [one["read_at"] is None for one in get(alice, "me/notifications")[1]["results"]] == [
        False,
        True,
        False,
        False,
    ]


def test_nobody_reads_for_another(send, get, alice, charlie):
    id = send(users=["alice"])[1]["id"]
    assert call(charlie, "post", "me/notifications/read", {"ids": [id], "up_to": 10}).json() == {"unread": 0}
    assert get(alice, "me/notifications")[1]["unread"] == 1


@pytest.mark.parametrize("body", [{"ids": ["x"]}, {"ids": [0]}, {"up_to": -1}, {"up_to": 10**30}, {"ids": [1] * 201}])
def test_marks_that_make_no_sense_are_invalid(alice, body):
    assert call(alice, "post", "me/notifications/read", body).status_code == 400


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "cursor=x", "cursor=-1", "unread=perhaps"])
def test_a_query_that_makes_no_sense_is_invalid(alice, query):
    assert call(alice, "get", f"me/notifications?{query}").status_code == 400


def test_the_list_costs_a_bounded_number_of_queries(send, queries_of, alice):
    for n in range(20):
        send(users=["alice"], title=str(n))
    assert queries_of(alice, "me/notifications") == 2


def test_the_system_has_no_sender(get, alice):
    from messages_store.notices import Notice

    notifying.notify(sender_id=None, notice=Notice(title="x", users=("alice",)))
    assert get(alice, "me/notifications")[1]["results"][0]["sender"] is None
    assert Notification.objects.get().sender is None
