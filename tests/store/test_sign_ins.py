"""Where somebody is signed in; and that a browser's reminders end with the session that asked for them."""

from importlib import import_module

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db.models.functions import Now
from django.test import Client

from messages_store.errors import NotFound
from messages_store.models import PushSubscription, SignIn
from messages_store.notifiers.webpush import WebPushNotifier
from messages_store.services import forgetting, push_subscriptions, sign_ins, tokens
from messages_store.shift import Shift

from .moved import later

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
SUBSCRIBED = {
    "endpoint": "https://push.example.com/a",
    "keys": {
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    },
}


class Browser:
    """One that somebody signed in with and then opened a page."""

    def __init__(self, user, **headers):
        self.client = Client(headers={"User-Agent": FIREFOX, **headers})
        self.client.force_login(user)
        self.client.get("/api/v1/me")

    @property
    def key(self) -> str:
        return self.client.cookies[django_settings.SESSION_COOKIE_NAME].value

    @property
    def is_signed_in(self) -> bool:
        return self.client.get("/api/v1/me").status_code == 200

    def reminds(self, user) -> PushSubscription:
        return push_subscriptions.subscribe(
            user=user, endpoint=f"https://push.example.com/{self.key}", p256dh="a", auth="b", session_key=self.key
        )


@pytest.fixture
def here(alice):
    return Browser(alice)


@pytest.fixture
def there(alice):
    return Browser(alice)


def keys(user) -> set[str]:
    return {found.session_key for found in sign_ins.of(user=user)}


def reminded(user) -> set[str]:
    return {one.endpoint.rpartition("/")[2] for one in push_subscriptions.good_ones(user_id=user.pk)}


def test_a_session_is_noted_with_where_it_came_from(here, alice):
    [found] = sign_ins.of(user=alice)
    assert (found.session_key, found.address, found.agent) == (here.key, "127.0.0.1", FIREFOX)


def test_it_is_written_once_in_five_minutes(here, django_assert_num_queries):
    with django_assert_num_queries(2):  # the session, the user
        here.client.get("/api/v1/me")


def test_who_signs_in_on_the_page_is_noted_at_once(alice):
    alice.set_password("correct horse")
    alice.save()
    client = Client()
    client.post("/sign-in/", {"username": "alice", "password": "correct horse"})
    assert keys(alice) == {client.cookies["sessionid"].value}


def test_a_token_is_no_session(alice, client):
    client.get("/api/v1/me", headers={"Authorization": f"Token {alice.key}"})
    assert not SignIn.objects.exists()


def test_what_a_browser_calls_itself_is_bounded_and_printable(alice):
    Browser(alice, **{"User-Agent": "\x1b[31m" + "x" * 1_000})
    assert SignIn.objects.get().agent == "[31m" + "x" * 296


def test_signing_out_forgets_it_and_ends_its_reminders(here, there, alice):
    for browser in (here, there):
        browser.reminds(alice)
    gone, left = here.key, there.key
    here.client.post("/sign-out/")
    assert SignIn.objects.get().session_key == left
    assert PushSubscription.objects.get().endpoint.endswith(left)
    assert gone != left


def test_one_place_is_signed_out(here, there, alice):
    there.reminds(alice)
    sign_ins.end(user_id=alice.pk, sign_in_id=SignIn.objects.get(session_key=there.key).pk)
    assert (here.is_signed_in, there.is_signed_in) == (True, False)
    assert keys(alice) == {here.key}
    assert not PushSubscription.objects.exists()


def test_nobody_signs_out_somebody_else(here, bob):
    with pytest.raises(NotFound):
        sign_ins.end(user_id=bob.pk, sign_in_id=SignIn.objects.get().pk)
    assert here.is_signed_in


def test_the_others_are_signed_out_and_this_one_stays(here, there, alice, bob):
    bobs, third = Browser(bob), Browser(alice)
    for browser in (here, there, third):
        browser.reminds(alice)
    assert sign_ins.end_others(user_id=alice.pk, session_key=here.key) == 2
    assert [browser.is_signed_in for browser in (here, there, third, bobs)] == [True, False, False, True]
    assert reminded(alice) == {here.key}


def test_a_new_password_ends_the_others_reminders(here, there, alice):
    for browser in (here, there):
        browser.reminds(alice)
    alice.set_password("another horse")  # by an administrator, or in a shell
    alice.save()
    assert reminded(alice) == set()
    assert keys(alice) == set()
    assert not PushSubscription.objects.exists()


def test_a_session_that_gets_a_new_key_takes_its_reminders_along(here, alice):
    here.reminds(alice)
    session = import_module(django_settings.SESSION_ENGINE).SessionStore(here.key)
    assert session[SESSION_KEY]
    session.cycle_key()
    session.save()
    assert keys(alice) == {session.session_key} != {here.key}
    assert reminded(alice) == {here.key}  # its endpoint is the same


def test_a_session_that_is_too_old_reminds_nobody(here, alice):
    here.reminds(alice)
    Session.objects.all().delete()  # as `clearsessions` does
    assert reminded(alice) == set()
    assert WebPushNotifier().reaches(alice) is False
    assert keys(alice) == set()
    assert not SignIn.objects.exists()


def listed(browser) -> list[tuple[str, bool]]:
    results = browser.client.get("/api/v1/me/push-subscriptions").json()["results"]
    return [(one["endpoint"], one["signed_in"]) for one in results]


def test_who_signs_in_again_where_a_session_was_too_old_finds_the_browser_and_is_reminded_again(here, alice):
    assert here.client.post("/api/v1/me/push-subscriptions", SUBSCRIBED, "application/json").json()["signed_in"] is True
    Session.objects.all().delete()
    assert reminded(alice) == set()  # a reminder that comes meanwhile
    again = Browser(alice)
    assert listed(again) == [(SUBSCRIBED["endpoint"], False)]
    again.client.post("/api/v1/me/push-subscriptions", SUBSCRIBED, "application/json")  # as the page does
    assert reminded(alice) == {"a"}
    assert listed(again) == [(SUBSCRIBED["endpoint"], True)]
    again.client.post("/sign-out/")
    assert not PushSubscription.objects.exists()


def test_a_browser_of_before_ends_with_the_session_in_which_it_comes_back(here, alice):
    push_subscriptions.subscribe(user=alice, endpoint=SUBSCRIBED["endpoint"], p256dh="a", auth="b")  # bound to nothing
    assert listed(here) == [(SUBSCRIBED["endpoint"], True)]
    here.client.post("/api/v1/me/push-subscriptions", SUBSCRIBED, "application/json")
    Session.objects.all().delete()
    assert reminded(alice) == set()


# Forgetting


def forget():
    shift = Shift()
    while shift.step():
        pass


def test_a_worker_forgets_sessions_that_are_over_and_where_they_were(here, there, alice, settings):
    settings.IM_INBOX_DAYS = settings.IM_MESSAGE_DAYS = 0  # everything else is kept for ever
    here.reminds(alice)
    later(days=13)
    there.client.get("/api/v1/me")
    SignIn.objects.filter(session_key=there.key).update(seen_at=Now())  # an open socket
    forget()
    assert (Session.objects.count(), SignIn.objects.count()) == (2, 2)
    later(days=2)
    forget()
    assert not Session.objects.exists()
    assert SignIn.objects.get().session_key == there.key  # who comes back there is reminded on
    assert not PushSubscription.objects.exists()
    later(days=13)
    forget()
    assert not SignIn.objects.exists()


def test_a_session_that_lasts_longer_is_not_forgotten(here):
    later(days=15)
    Session.objects.update(expire_date="2100-01-01T00:00:00Z")
    forget()
    assert (Session.objects.count(), SignIn.objects.count()) == (1, 1)


def test_many_are_forgotten_step_by_step_and_those_that_stay_are_in_nobodys_way(alice, monkeypatch):
    monkeypatch.setattr(forgetting, "TOGETHER", 2)
    people = [Browser(alice) for _ in range(7)]
    later(days=15)
    stay = {browser.key for browser in people[:3]}
    Session.objects.filter(pk__in=stay).update(expire_date="2100-01-01T00:00:00Z")
    forget()
    assert set(Session.objects.values_list("pk", flat=True)) == stay
    assert set(SignIn.objects.values_list("session_key", flat=True)) == stay


def test_what_a_token_that_is_over_had_subscribed_is_forgotten(alice):
    push_subscriptions.subscribe(
        user=alice, endpoint="https://push.example.com/a", p256dh="a", auth="b", token=tokens.digest(alice.key)
    )
    forget()
    assert PushSubscription.objects.exists()
    alice.tokens.update(expires_at="2020-01-01T00:00:00Z")
    later(hours=2)
    forget()
    assert not PushSubscription.objects.exists()


# By token and by REST


def test_a_token_that_is_deleted_or_over_reminds_nobody(alice):
    for key in (alice.key, tokens.issue(user=alice)):
        push_subscriptions.subscribe(
            user=alice, endpoint=f"https://push.example.com/{key[:8]}", p256dh="a", auth="b", token=tokens.digest(key)
        )
    tokens.find(alice.key).delete()
    assert PushSubscription.objects.count() == 1
    alice.tokens.update(expires_at="2020-01-01T00:00:00Z")
    assert push_subscriptions.good_ones(user_id=alice.pk) == []


def test_who_subscribes_by_rest_subscribes_for_that_session(here, there, alice):
    assert here.client.post("/api/v1/me/push-subscriptions", SUBSCRIBED, "application/json").status_code == 201
    sign_ins.end_others(user_id=alice.pk, session_key=here.key)
    assert PushSubscription.objects.exists()
    here.client.post("/sign-out/")
    assert not PushSubscription.objects.exists()
