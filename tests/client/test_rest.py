"""What the client asks of REST, how often, and what it makes of the answers."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import chain, repeat

import httpx
import pytest

from imsite_client import (
    Answered,
    Backoff,
    Busy,
    Client,
    Conflict,
    Forbidden,
    ImsiteError,
    Internal,
    Invalid,
    RateLimited,
    Retries,
    Unreachable,
)
from imsite_client.rest.transport import seconds

ME = {"id": 1, "name": "Alice", "username": "alice", "kind": "user", "since_when": "a later version"}
ACCEPTED = {"client_id": "c", "message": 5, "conversation": 7, "number": 1, "created_at": "2026-11-21T08:15:30Z"}
ACCEPTED |= {"seq": 9}
BUSY = httpx.Response(503, json={"code": "busy", "message": "Later."}, headers={"Retry-After": "2"})


class Site:
    """Answers in turn, the last one for ever: responses, or exceptions of the network. Keeps what was asked."""

    def __init__(self, *answers):
        self.asked: list[httpx.Request] = []
        self.slept: list[float] = []
        self._answers = chain(answers, repeat(answers[-1]))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    def client(self, **options) -> Client:
        retries = Retries(attempts=3, backoff=Backoff(random=lambda: 0.0), sleep=self.slept.append, **options)
        return Client(
            "https://chat.example.com/", "im_key", retries=retries, transport=httpx.MockTransport(self._answer)
        )

    @property
    def bodies(self) -> list[dict]:
        return [json.loads(request.content) for request in self.asked]


def ok(body, status: int = 200, **headers: str) -> httpx.Response:
    return httpx.Response(status, json=body, headers=headers)


def test_who_asks_where_and_by_what_token():
    site = Site(ok(ME))
    with site.client() as client:
        me = client.me()
    assert (me.id, me.username) == (1, "alice")
    assert str(site.asked[0].url) == "https://chat.example.com/api/v1/me"
    assert site.asked[0].headers["Authorization"] == "Token im_key"


def refused(status: int, code: str) -> httpx.Response:
    return ok({"code": code, "message": "No.", "fields": {"body": ["Too long."]}}, status)


@pytest.mark.parametrize(
    ("status", "code", "kind"), [(400, "invalid", Invalid), (403, "forbidden", Forbidden), (409, "conflict", Conflict)]
)
def test_a_refusal_is_an_error_of_its_kind(status, code, kind):
    site = Site(refused(status, code))
    with site.client() as client, pytest.raises(kind) as error:
        client.messages.send(7, "hello")
    assert (error.value.code, error.value.status, error.value.message) == (code, status, "No.")
    assert error.value.fields == {"body": ["Too long."]}
    assert len(site.asked) == 1


def test_a_code_of_a_later_version_is_still_an_error():
    site = Site(refused(418, "teapot"))
    with site.client() as client, pytest.raises(Answered) as error:
        client.me()
    assert error.value.code == "teapot"


def test_the_page_of_a_proxy_is_an_error_by_its_status():
    site = Site(httpx.Response(500, html="<h1>Oops</h1>"))
    with site.client() as client, pytest.raises(Internal, match="HTTP 500"):
        client.me()


def test_what_is_no_answer_of_ours_is_told():
    site = Site(httpx.Response(200, html="<h1>Welcome</h1>"))
    with site.client() as client, pytest.raises(ImsiteError, match="no answer of imsite"):
        client.me()


BROKEN = httpx.ReadError("reset")
AWAY = httpx.ConnectError("refused")


@pytest.mark.parametrize("trouble", [BROKEN, AWAY, BUSY, httpx.Response(502), httpx.Response(504)])
@pytest.mark.parametrize(
    ("call", "answer"),
    [
        (lambda client: client.me(), ME),
        (lambda client: client.messages.send(7, "hello"), ACCEPTED),
        (lambda client: client.notifications.send("x", users=[1]), {"id": 1, "created_at": "2026-11-21T08:15:30Z"}),
        (lambda client: client.inbox.ack(5), {"epoch": "e", "head": 5, "acked": 5}),
    ],
    ids=["get", "message", "notification", "ack"],
)
def test_what_may_be_done_twice_is_tried_again_as_it_was(trouble, call, answer):
    """By its client_id or its Idempotency-Key it is the same."""
    site = Site(trouble, ok(answer))
    with site.client() as client:
        call(client)
    first, second = site.asked
    assert first.content == second.content
    assert first.headers.get("Idempotency-Key") == second.headers.get("Idempotency-Key")
    assert site.slept == [2.0 if trouble is BUSY else 0.0]


def test_every_message_and_notification_has_a_key_of_its_own():
    site = Site(ok(ACCEPTED))
    with site.client() as client:
        client.messages.send(7, "hello")
        client.messages.send(7, "hello")
        client.messages.send(7, "hello", client_id="mine")
    first, second, third = (body["client_id"] for body in site.bodies)
    assert len({first, second, third}) == 3
    assert third == "mine"
    site = Site(ok({"id": 1, "created_at": "2026-11-21T08:15:30Z"}, 201))
    with site.client() as client:
        client.notifications.send("Backup failed", users=["alice"])
        client.notifications.send("Backup failed", users=["alice"], key="backup-7")
    keys = [request.headers["Idempotency-Key"] for request in site.asked]
    assert keys[0] != keys[1] == "backup-7"
    assert site.bodies[0] == {"title": "Backup failed", "users": ["alice"]}


@pytest.mark.parametrize("trouble", [BROKEN, BUSY, httpx.Response(502)])
@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.conversations.create("Lunch"),
        lambda client: client.conversations.remove(7, 1),
        lambda client: client.conversations.give_role(7, 1, "owner"),
    ],
    ids=["create", "remove", "hand over"],
)
def test_what_may_not_be_done_twice_is_not(trouble, call):
    site = Site(trouble, ok({"id": 7, "kind": "group"}))
    with site.client() as client, pytest.raises((Unreachable, Busy, Answered)):
        call(client)
    assert len(site.asked) == 1


@pytest.mark.parametrize("trouble", [AWAY, refused(429, "rate_limited")])
def test_what_was_certainly_not_done_is_always_tried_again(trouble):
    site = Site(trouble, ok({"id": 7, "kind": "group"}, 201))
    with site.client() as client:
        assert client.conversations.create("Lunch").id == 7


def test_it_is_tried_so_often_and_then_told():
    site = Site(BROKEN)
    with site.client() as client, pytest.raises(Unreachable, match="reset"):
        client.me()
    assert len(site.asked) == 3


def test_nobody_waits_longer_than_they_want():
    site = Site(ok({"code": "rate_limited", "message": "Later."}, 429, **{"Retry-After": "50"}))
    with site.client(patience=30) as client, pytest.raises(RateLimited) as error:
        client.me()
    assert error.value.retry_after == 50
    assert (len(site.asked), site.slept) == (1, [])


def test_retry_after_is_seconds_or_a_date():
    assert seconds("7") == 7
    soon = seconds(format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True))
    assert 25 < soon <= 30
    assert seconds("Sun, 06 Nov 1994 08:49:37 GMT") == 0
    assert seconds("later") is seconds(None) is None


def message(number: int) -> dict:
    return {"id": number, "conversation": 7, "number": number, "sender": None, "kind": "text", "body": str(number)}


def test_pages_are_asked_for_when_they_are_wanted():
    site = Site(ok({"results": [ME], "next": "two"}), ok({"results": [ME | {"id": 2}], "next": None}))
    with site.client() as client:
        users = client.users("ali", limit=1)
        assert site.asked == []
        assert next(users).id == 1
        assert len(site.asked) == 1
        assert [user.id for user in users] == [2]
    assert [request.url.query.decode() for request in site.asked] == ["q=ali&limit=1", "q=ali&limit=1&cursor=two"]


def test_history_goes_backwards_or_forwards():
    site = Site(ok({"results": [message(3), message(4)], "next": 3}), ok({"results": [message(1)], "next": None}))
    with site.client() as client:
        assert [one.number for one in client.messages.history(7)] == [4, 3, 1]
    assert site.asked[1].url.params["before"] == "3"
    site = Site(ok({"results": [message(3)], "next": 3}), ok({"results": [message(4)], "next": None}))
    with site.client() as client:
        assert [one.number for one in client.messages.history(7, after=2)] == [3, 4]
    assert [request.url.params["after"] for request in site.asked] == ["2", "3"]


def page(*seqs: int, head: int, resync: bool = False) -> httpx.Response:
    events = [{"type": "message", "seq": seq, "message": message(seq)} for seq in seqs]
    return ok({"epoch": "e", "head": head, "resync": resync, "results": events, "next": None})


ACKED = ok({"epoch": "e", "head": 9, "acked": 9})


def test_polling_acknowledges_what_was_handled_and_no_more():
    site = Site(page(1, 2, head=3), ACKED, page(3, head=3), ACKED)
    with site.client() as client:
        assert [event.seq for event in client.inbox.each()] == [1, 2, 3]
    assert [json.loads(request.content) for request in site.asked if request.method == "POST"] == [
        {"seq": 2, "epoch": "e"},
        {"seq": 3, "epoch": "e"},
    ]
    site = Site(page(1, 2, 3, head=3), ACKED)
    with site.client() as client:

        def handle():
            for event in client.inbox.each():
                _ = 1 / (3 - event.seq)

        with pytest.raises(ZeroDivisionError):
            handle()
    assert [json.loads(request.content)["seq"] for request in site.asked[1:]] == [2]


def test_an_inbox_that_does_not_go_back_that_far_is_told():
    site = Site(page(head=9, resync=True))
    with site.client() as client, pytest.raises(Conflict, match="fetch the state"):
        list(client.inbox.each())


PROGRESS = {"id": 3, "title": "x", "total": 3, "done": 3, "unsent": 1, "sent": 2, "read": 0}
NOTICE = {"id": 3, "seq": 4, "title": "x", "level": "urgent", "read_at": None, "created_at": "2026-11-21T08:15:30Z"}
STEP = {"recipient": {"id": 2, "name": "Bob"}, "seq": 1, "event": "message", "sent": None, "reminded": []}


def test_notifications_are_followed_and_read():
    recipients = [{"user": n, "status": "sent", "sent_at": None, "read_at": None} for n in (1, 2)]
    first = ok(PROGRESS | {"recipients": recipients[:1], "next": "1"})
    site = Site(first, first, ok(PROGRESS | {"recipients": recipients[1:], "next": None}))
    with site.client() as client:
        progress = client.notifications.get(3)
        assert (progress.total, progress.sent) == (3, 2)
        assert [one.user for one in client.notifications.recipients(3)] == [1, 2]
    site = Site(ok({"results": [NOTICE], "next": None, "unread": 1}), ok({"unread": 0}))
    with site.client() as client:
        [own] = client.notifications.own(unread=True)
        assert (own.level, own.seq) == ("urgent", 4)
        assert client.notifications.read([own.id]) == 0
    assert site.asked[0].url.query == b"unread=true&limit=50"
    assert json.loads(site.asked[1].content) == {"ids": [3]}


def test_a_trace_is_a_list_of_steps():
    site = Site(ok({"message": 5, "results": [STEP], "next": 1}), ok({"message": 5, "results": [STEP], "next": None}))
    with site.client() as client:
        assert [step.recipient.name for step in client.messages.trace(5)] == ["Bob", "Bob"]
    assert site.asked[1].url.params["cursor"] == "1"
