"""What people choose for themselves: language, time zone, quiet hours, and how they are reminded."""

from datetime import time

import pytest

from messages_store.models import NotifierChoice, Preferences, PushSubscription

pytestmark = pytest.mark.django_db
ME = "me/preferences"


@pytest.fixture(autouse=True)
def two_ways(settings):
    settings.IM_NOTIFIERS = ["log", "email"]
    settings.IM_NOTIFIERS_ON = ["log"]


def test_who_chose_nothing_has_it_as_the_site_does(get, alice):
    status, chosen = get(alice, ME)
    ways = chosen.pop("notifiers")
    assert chosen.pop("digest") is False
    assert (status, set(chosen.values())) == (200, {None})
    assert ways["log"] == {"on": True, "reaches": True, "why_not": None}
    assert (ways["email"]["on"], ways["email"]["reaches"]) == (False, False)
    assert ways["email"]["why_not"] == "No e-mail address of yours is known here: give one in your settings."


def test_what_is_chosen_stays_and_the_rest_is_left_alone(call, get, alice, bob):
    hours = {"quiet_from": "22:00", "quiet_until": "06:30"}
    assert call(alice, "PATCH", ME, {"time_zone": "Asia/Shanghai", **hours})[0] == 200
    status, chosen = call(alice, "PATCH", ME, {"language": "zh-hans", "notifiers": {"email": {"on": True}}})
    assert status == 200
    assert chosen | {"notifiers": None, "digest": None} == {
        "language": "zh-hans",
        "time_zone": "Asia/Shanghai",
        **hours,
        "digest": None,
        "notifiers": None,
    }
    assert {name: way["on"] for name, way in chosen["notifiers"].items()} == {"log": True, "email": True}
    assert get(alice, ME)[1] == chosen
    stored = Preferences.objects.get()
    assert (stored.user_id, stored.quiet_from, stored.quiet_until) == (alice.pk, time(22), time(6, 30))
    assert get(bob, ME)[1]["time_zone"] is None


def test_the_daily_mail_is_chosen_and_its_hour_strikes_where_one_is(call, alice, settings):
    assert call(alice, "PATCH", ME, {"digest": True})[1]["digest"] is True
    Preferences.objects.update(digest_at="2026-11-21T08:00:00Z")
    call(alice, "PATCH", ME, {"language": "en"})
    assert Preferences.objects.get().digest_at
    call(alice, "PATCH", ME, {"time_zone": "Asia/Shanghai"})
    assert Preferences.objects.values_list("digest", "digest_at").get() == (True, None)


def test_no_daily_mail_is_chosen_where_none_goes_out_and_an_old_choice_is_taken_back(call, get, alice, settings):
    settings.IM_NOTIFIERS = ["log"]
    status, answer = call(alice, "PATCH", ME, {"digest": True, "language": "en"})
    assert (status, answer["fields"]) == (400, {"digest": ["This site sends no daily mail."]})
    assert not Preferences.objects.exists()
    Preferences.objects.create(user=alice, digest=True)
    status, chosen = call(alice, "PATCH", ME, {"digest": True, "language": "en"})  # all of it, as clients do
    assert (status, chosen["digest"], chosen["language"]) == (200, True, "en")
    assert call(alice, "PATCH", ME, {"digest": False})[1]["digest"] is False
    assert get(alice, ME)[1]["digest"] is False
    assert call(alice, "PATCH", ME, {"digest": True})[0] == 400


def test_null_is_as_the_site_has_it_again(call, alice):
    call(alice, "PATCH", ME, {"language": "en", "quiet_from": "22:00", "quiet_until": "06:30"})
    chosen = call(alice, "PATCH", ME, {"language": None, "quiet_from": None, "quiet_until": None})[1]
    assert (chosen["language"], chosen["quiet_from"], chosen["quiet_until"]) == (None, None, None)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"language": "tlh"}, "language"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"time_zone": "Europe"}, "time_zone"),
        ({"time_zone": "../etc/passwd"}, "time_zone"),
        ({"time_zone": "\0"}, "time_zone"),
        ({"quiet_from": "25:00", "quiet_until": "07:00"}, "quiet_from"),
        ({"quiet_from": "7", "quiet_until": "07:00"}, "quiet_from"),
        ({"quiet_from": "22:00"}, "non_field_errors"),
        ({"quiet_until": None}, "non_field_errors"),
        ({"quiet_from": "22:00", "quiet_until": None}, "non_field_errors"),
        ({"notifiers": {"pigeon": {"on": True}}}, "notifiers"),
        ({"notifiers": {"log": True}}, "notifiers"),
        ({"notifiers": {"log": {}}}, "notifiers"),
        ({}, "non_field_errors"),
        ({"quiet": True}, "non_field_errors"),
    ],
)
def test_what_cannot_be_chosen_changes_nothing(call, get, alice, asked, field):
    before = get(alice, ME)[1]
    status, answer = call(alice, "PATCH", ME, asked)
    assert (status, answer["code"], list(answer["fields"])) == (400, "invalid", [field])
    assert get(alice, ME)[1] == before


def test_turning_off_is_what_the_link_in_a_reminder_does(call, alice):
    call(alice, "PATCH", ME, {"notifiers": {"log": {"on": False}}})
    assert list(NotifierChoice.objects.values_list("user", "notifier", "on")) == [(alice.pk, "log", False)]


def test_a_browser_that_reminds_makes_web_push_reach_one(call, get, alice, settings):
    settings.IM_NOTIFIERS = ["webpush"]
    assert not get(alice, ME)[1]["notifiers"]["webpush"]["reaches"]
    PushSubscription.objects.create(user=alice, endpoint="https://push.example.com/a")
    assert get(alice, ME)[1]["notifiers"]["webpush"] == {"on": False, "reaches": True, "why_not": None}
