"""Reminders by webhook, against a server that checks them with the library of Standard Webhooks."""

import base64
import json
import secrets

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from imsite.localservers import free_port
from messages_store.notifiers import NotifyError
from messages_store.notifiers.webhook import WebhookNotifier

from .peers import HttpPeer, certified, listener, outgoing, silent


@pytest.fixture(autouse=True)
def secret(settings):
    settings.IM_WEBHOOK_SECRET = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    settings.IM_WEBHOOK_PRIVATE = True
    settings.IM_NOTIFY_SECONDS = 5
    return settings.IM_WEBHOOK_SECRET


@pytest.fixture
def receiver(settings, authority, trusted):
    with HttpPeer(certified(authority)) as peer:
        settings.IM_WEBHOOK_URL = f"{peer.url}/hooks?from=imsite"
        yield peer


def failure() -> NotifyError:
    with pytest.raises(NotifyError) as raised:
        WebhookNotifier().notify(outgoing())
    return raised.value


def test_what_is_posted_is_signed_so_that_the_receivers_library_believes_it(receiver, secret):
    WebhookNotifier().notify(outgoing(titles=("午餐",)))
    [asked] = receiver.asked
    told = Webhook(secret).verify(asked.body, asked.headers)
    assert asked.path == "/hooks?from=imsite"
    assert asked.headers["content-type"] == "application/json"
    assert told == {
        "type": "reminder.due",
        "timestamp": "2026-11-21T18:30:00+00:00",
        "data": {
            "id": "r-17",
            "user": {"id": 2, "name": "Bob", "language": "en", "time_zone": "Asia/Shanghai"},
            "number": 1,
            "oldest": "2026-11-21T18:30:00+00:00",
            "messages": 3,
            "conversations": 2,
            "notifications": {"urgent": 1},
            "titles": ["午餐"],
            "url": "https://chat.example.com/",
            "unsubscribe_url": "https://chat.example.com/unsubscribe/signed",
        },
    }


def test_who_has_another_secret_does_not_believe_it(receiver):
    WebhookNotifier().notify(outgoing())
    [asked] = receiver.asked
    other = Webhook("whsec_" + base64.b64encode(secrets.token_bytes(32)).decode())
    with pytest.raises(WebhookVerificationError):
        other.verify(asked.body, asked.headers)


def test_every_attempt_has_the_same_id(receiver, secret):
    for _ in range(2):
        WebhookNotifier().notify(outgoing(id="r-9"))
    assert [asked.headers["webhook-id"] for asked in receiver.asked] == ["r-9", "r-9"]
    for asked in receiver.asked:
        Webhook(secret).verify(asked.body, asked.headers)


def test_a_test_says_that_it_is_one(receiver):
    WebhookNotifier().notify(outgoing(kind="test"))
    assert json.loads(receiver.asked[0].body)["type"] == "reminder.test"


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_a_success_is_one(receiver, status):
    receiver.answer = lambda asked: (status, {}, b"")
    WebhookNotifier().notify(outgoing())


@pytest.mark.parametrize(
    ("status", "headers", "permanent", "retry_after"),
    [
        (400, {}, False, None),
        (404, {}, False, None),
        (410, {}, True, None),
        (429, {"Retry-After": "30"}, False, 30),
        (500, {}, False, None),
        (503, {"Retry-After": "120"}, False, 120),
    ],
)
def test_a_failure_is_tried_again_unless_the_receiver_wants_no_more(receiver, status, headers, permanent, retry_after):
    receiver.answer = lambda asked: (status, headers, b"who knows what")
    error = failure()
    assert str(status) in error.reason
    assert "who knows what" not in error.reason
    assert (error.permanent, error.retry_after) == (permanent, retry_after)


def test_a_redirect_is_a_failure_and_goes_nowhere(receiver):
    with HttpPeer() as inside:
        receiver.answer = lambda asked: (307, {"Location": inside.url}, b"")
        assert "redirects are not followed" in failure().reason
    assert inside.asked == []


def test_a_dead_receiver_may_come_back(settings):
    settings.IM_WEBHOOK_URL = f"http://localhost:{free_port()}/"
    assert failure().permanent is False


def test_a_receiver_that_hangs_is_left_before_the_worker_gives_up(settings):
    settings.IM_NOTIFY_SECONDS = 0.5
    with listener(silent) as port:
        settings.IM_WEBHOOK_URL = f"http://localhost:{port}/"
        assert "no answer within 0.45 s" in failure().reason


@pytest.mark.parametrize("url", ["https://localhost:{port}/", "https://127.0.0.1:{port}/", "https://[::1]:{port}/"])
def test_a_receiver_inside_needs_leave(settings, receiver, url):
    settings.IM_WEBHOOK_PRIVATE = False
    settings.IM_WEBHOOK_URL = url.format(port=receiver.port)
    assert "has no public address" in failure().reason
    assert receiver.asked == []


def test_what_is_missing_or_wrong_is_told(settings):
    settings.IM_WEBHOOK_URL = settings.IM_WEBHOOK_SECRET = ""
    assert WebhookNotifier().problems() == ["IM_WEBHOOK_URL is missing.", "IM_WEBHOOK_SECRET is missing."]
    settings.IM_WEBHOOK_SECRET, settings.IM_WEBHOOK_URL = "whsec_x", "http://example.com"
    assert WebhookNotifier().problems() == []
    settings.IM_WEBHOOK_PRIVATE = False
    assert WebhookNotifier().problems() == ["IM_WEBHOOK_URL must begin with https: unless IM_WEBHOOK_PRIVATE is true."]


def test_it_reaches_everybody(alice):
    assert WebhookNotifier().reaches(alice) is True
