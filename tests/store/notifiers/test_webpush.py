"""Reminders by web push, against a push service that checks who sends, and browsers that decrypt what they get."""

import json
import re
import secrets
import threading
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from urllib.parse import urlsplit

import http_ece
import pytest
import trustme
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from imsite.localservers import free_port
from messages_store import vapid
from messages_store.models import PushSubscription
from messages_store.notifiers import NotifyError
from messages_store.notifiers.outbound import Outbound
from messages_store.notifiers.webpush import WebPushNotifier
from messages_store.services import push_subscriptions

from .peers import HttpPeer, certified, listener, outgoing, silent

pytestmark = pytest.mark.django_db


def encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Browser:
    """Has the keys that open what is pushed to it."""

    def __init__(self, url: str, name: str = "a"):
        self._key, self._secret = ec.generate_private_key(ec.SECP256R1()), secrets.token_bytes(16)
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.endpoint = f"{url}/send/{name}"
        self.keys = {"p256dh": encoded(point), "auth": encoded(self._secret)}

    def subscribe(self, user) -> PushSubscription:
        return push_subscriptions.subscribe(user=user, endpoint=self.endpoint, **self.keys)

    def open(self, body: bytes) -> dict:
        return json.loads(http_ece.decrypt(body, private_key=self._key, auth_secret=self._secret))


def check_sender(asked, origin: str) -> dict:
    """The claims of who sent it; a signature by anybody else than the key it names fails."""
    token, key = re.fullmatch(r"vapid t=([\w.-]+),\s*k=([\w-]+)", asked.headers["authorization"]).groups()
    signed, _, signature = token.rpartition(".")
    raw = decoded(signature)
    der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(key))
    public.verify(der, signed.encode(), ec.ECDSA(SHA256()))
    header, claims = (json.loads(decoded(part)) for part in signed.split("."))
    assert header["alg"] == "ES256"
    assert key == vapid.public_key()
    assert claims["aud"] == origin
    assert time.time() < claims["exp"] <= time.time() + 86_400
    return claims


@pytest.fixture(autouse=True)
def keys(settings):
    settings.IM_WEBPUSH_KEY = secrets.token_urlsafe(32)
    settings.IM_WEBPUSH_CONTACT = "mailto:admin@example.com"
    settings.IM_NOTIFY_SECONDS = 5


@pytest.fixture
def service(authority, trusted):
    """A push service. It answers 201, as RFC 8030 says."""
    with HttpPeer(certified(authority)) as peer:
        peer.answer = lambda asked: (201, {"Location": "/message/1"}, b"")
        yield peer


@pytest.fixture
def notifier(trusted):
    notifier = WebPushNotifier()
    notifier.http = Outbound(private=True)  # the service of the test is on this machine
    return notifier


def failure(notifier, user) -> NotifyError:
    with pytest.raises(NotifyError) as raised:
        notifier.notify(outgoing(user))
    return raised.value


def test_a_browser_can_read_what_is_pushed_and_the_service_cannot(service, notifier, alice):
    browser = Browser(service.url)
    browser.subscribe(alice)
    notifier.notify(outgoing(alice))
    [asked] = service.asked
    assert asked.path == "/send/a"
    assert b"Lunch" not in asked.body
    assert browser.open(asked.body) == {
        "title": "3 messages in 2 conversations and 1 notification (1 urgent) waiting for you",
        "body": "Order 17, Lunch, Alice",
        "url": "https://chat.example.com/",
        "tag": "reminder",
        "lang": "en",
        "id": "r-17",
    }


def test_the_service_knows_who_sends(service, notifier, alice):
    Browser(service.url).subscribe(alice)
    notifier.notify(outgoing(alice))
    assert check_sender(service.asked[0], service.url)["sub"] == "mailto:admin@example.com"


def test_a_token_that_was_changed_is_noticed(service, notifier, alice):
    """That the check above can fail."""
    Browser(service.url).subscribe(alice)
    notifier.notify(outgoing(alice))
    [asked] = service.asked
    head, _, rest = asked.headers["authorization"].partition(".")
    claims, _, signature = rest.partition(".")
    other = encoded(decoded(claims).replace(b"admin", b"enemy"))
    asked.headers["authorization"] = f"{head}.{other}.{signature}"
    with pytest.raises(InvalidSignature):
        check_sender(asked, service.url)


def test_a_service_is_told_how_long_to_keep_it_how_urgent_it_is_and_what_it_replaces(
    service, notifier, alice, settings
):
    settings.IM_WEBPUSH_TTL_SECONDS = 600
    Browser(service.url).subscribe(alice)
    notifier.notify(outgoing(alice))
    notifier.notify(outgoing(alice, notifications={}))
    first, second = (asked.headers for asked in service.asked)
    assert (first["ttl"], first["urgency"], first["content-encoding"]) == ("600", "high", "aes128gcm")
    assert second["urgency"] == "normal"
    assert first["topic"] == second["topic"] == "reminder"


def test_it_goes_to_every_browser_of_the_user_and_to_no_one_elses(service, notifier, alice, bob):
    phone, laptop, other = (Browser(service.url, name) for name in ("phone", "laptop", "other"))
    phone.subscribe(alice)
    laptop.subscribe(alice)
    other.subscribe(bob)
    notifier.notify(outgoing(alice, language="zh-hans"))
    bodies = {asked.path: asked.body for asked in service.asked}
    assert set(bodies) == {"/send/phone", "/send/laptop"}
    assert phone.open(bodies["/send/phone"])["lang"] == laptop.open(bodies["/send/laptop"])["lang"] == "zh-Hans"
    assert all(found.last_ok_at and not found.last_failed_at for found in push_subscriptions.of(user_id=alice.pk))


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_not_subscribed_any_more_is_forgotten(service, notifier, alice, status):
    Browser(service.url).subscribe(alice)
    service.answer = lambda asked: (status, {}, b"")
    error = failure(notifier, alice)
    assert (error.permanent, notifier.reaches(alice)) == (True, False)
    assert not PushSubscription.objects.exists()
    assert failure(notifier, alice).permanent is True


def test_one_that_took_it_is_enough_and_only_what_is_gone_is_forgotten(service, notifier, alice):
    for name in ("gone", "broken", "good"):
        Browser(service.url, name).subscribe(alice)
    service.answer = lambda asked: ({"/send/gone": 410, "/send/broken": 500}.get(asked.path, 201), {}, b"")
    notifier.notify(outgoing(alice))
    left = {found.endpoint.rpartition("/")[2]: found for found in push_subscriptions.of(user_id=alice.pk)}
    assert set(left) == {"broken", "good"}
    assert left["broken"].last_failed_at
    assert left["broken"].last_ok_at is None


def test_what_subscribed_anew_meanwhile_is_not_forgotten(service, alice):
    Browser(service.url).subscribe(alice)
    [known] = push_subscriptions.of(user_id=alice.pk)
    Browser(service.url).subscribe(alice)  # at the same address, with other keys
    push_subscriptions.remove(subscription=known)
    assert PushSubscription.objects.count() == 1


@pytest.mark.parametrize(
    ("status", "headers", "permanent", "retry_after"),
    [
        (429, {"Retry-After": "90"}, False, 90),
        (403, {}, False, None),
        (500, {}, False, None),
        (503, {"Retry-After": "5"}, False, 5),
        (413, {}, True, None),
        (301, {"Location": "https://example.com/"}, False, None),
    ],
)
def test_what_the_service_refuses_is_told_and_keeps_the_browser(
    service, notifier, alice, status, headers, permanent, retry_after
):
    Browser(service.url).subscribe(alice)
    service.answer = lambda asked: (status, headers, b"")
    error = failure(notifier, alice)
    assert str(status) in error.reason
    assert (error.permanent, error.retry_after) == (permanent, retry_after)
    assert PushSubscription.objects.get().last_failed_at


def test_a_dead_service_may_come_back(notifier, alice):
    Browser(f"https://localhost:{free_port()}").subscribe(alice)
    assert failure(notifier, alice).permanent is False


def test_a_service_that_hangs_leaves_the_others_their_time(service, notifier, alice, settings):
    settings.IM_NOTIFY_SECONDS = 8
    good = Browser(service.url, "good")

    def slowly(asked):
        threading.Event().wait(0.3)
        return 201, {}, b""

    service.answer = slowly
    with listener(silent) as port:
        good.subscribe(alice)
        Browser(f"https://localhost:{port}").subscribe(alice)  # the newest comes first
        began = time.monotonic()
        notifier.notify(outgoing(alice))
        assert time.monotonic() - began < 8
    assert [asked.path for asked in service.asked] == ["/send/good"]


def test_a_certificate_of_nobody_we_trust_is_refused(notifier, alice):
    with HttpPeer(certified(trustme.CA())) as peer:
        Browser(peer.url).subscribe(alice)
        assert "the certificate is not good" in failure(notifier, alice).reason
    assert peer.asked == []


@pytest.mark.parametrize(
    ("host", "why"),
    [("localhost", "no public address"), ("127.0.0.1", "no public address"), ("[::1]", "the subscription is none")],
)
def test_nobody_has_us_call_our_own_machine(service, alice, host, why):
    """Whoever subscribes says where a push goes."""
    Browser(f"https://{host}:{urlsplit(service.url).port}").subscribe(alice)
    assert why in failure(WebPushNotifier(), alice).reason
    assert service.asked == []


@pytest.mark.parametrize("p256dh", ["AAAA", "A" * 87, "="])
def test_keys_that_are_none_are_in_no_other_browsers_way(service, notifier, alice, p256dh):
    push_subscriptions.subscribe(user=alice, endpoint=f"{service.url}/x", p256dh=p256dh, auth="AAAA")
    assert failure(notifier, alice).permanent is True
    Browser(service.url, "good").subscribe(alice)
    notifier.notify(outgoing(alice))
    assert [asked.path for asked in service.asked] == ["/send/good"]


def test_the_largest_reminder_is_one_that_every_service_takes(service, notifier, alice):
    """4,096 bytes are what RFC 8030 promises."""
    browser = Browser(service.url)
    browser.subscribe(alice)
    notifier.notify(outgoing(alice, titles=("好" * 400,) * 3, url="https://chat.example.com/" + "a" * 400))
    [asked] = service.asked
    assert len(asked.body) <= 4_096
    assert browser.open(asked.body)["body"].startswith("好")


# Subscriptions


def test_a_browser_belongs_to_whoever_subscribed_it_last(alice, bob):
    browser = Browser("https://push.example.com")
    first = browser.subscribe(alice)
    assert browser.subscribe(bob).pk == first.pk
    assert push_subscriptions.of(user_id=alice.pk) == []
    assert [found.pk for found in push_subscriptions.of(user_id=bob.pk)] == [first.pk]


def test_of_too_many_browsers_the_oldest_make_room(alice, monkeypatch):
    monkeypatch.setattr(push_subscriptions, "MOST", 3)
    for name in "abcd":
        Browser("https://push.example.com", name).subscribe(alice)
    left = [found.endpoint[-1] for found in push_subscriptions.of(user_id=alice.pk)]
    assert left == ["d", "c", "b"]


def test_what_is_missing_is_told(settings):
    assert WebPushNotifier().problems() == []
    settings.IM_WEBPUSH_KEY = settings.IM_WEBPUSH_CONTACT = ""
    assert WebPushNotifier().problems() == ["IM_WEBPUSH_KEY is missing.", "IM_WEBPUSH_CONTACT is missing."]
    assert vapid.public_key() is None
