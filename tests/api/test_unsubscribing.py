"""The link in a reminder: it asks, one click turns the notifier off, another one on."""

import pytest
from django.test import Client

from messages_store.models import NotifierChoice, Preferences
from messages_store.services import unsubscribing

pytestmark = pytest.mark.django_db


@pytest.fixture
def link(alice):
    return unsubscribing.address(user_id=alice.pk, notifier="email")


@pytest.fixture
def daily(alice):
    """The link in a digest of Alice's."""
    Preferences.objects.create(user=alice, digest=True)
    return unsubscribing.address(user_id=alice.pk, notifier="digest")


def choices() -> dict:
    return {(found.user.username, found.notifier): found.on for found in NotifierChoice.objects.all()}


@pytest.fixture
def stranger():
    """Nobody who is signed in, with Django's guard against forged forms at work."""
    return Client(enforce_csrf_checks=True)


def test_looking_turns_nothing_off(stranger, link):
    """Mail servers follow links to see whether they are bad."""
    answer = stranger.get(link)
    assert (answer.status_code, choices()) == (200, {})
    assert "Do you want no more reminders of this kind?" in answer.text
    assert stranger.head(link).status_code == 200
    assert choices() == {}


def test_a_mail_programs_one_click_turns_it_off(stranger, link):
    """As RFC 8058 has it: a POST without cookies."""
    answer = stranger.post(link, {"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, choices()) == (200, {("alice", "email"): False})


def test_the_pages_button_does_too_and_another_one_turns_it_on_again(stranger, link):
    assert "You get no more reminders" in stranger.post(link).text
    assert choices() == {("alice", "email"): False}
    assert "reminders of this kind again" in stranger.post(link, {"on": "1"}).text
    assert choices() == {("alice", "email"): True}


def test_it_speaks_the_language_of_whom_it_is_for(stranger, link, alice):
    Preferences.objects.create(user=alice, language="zh-hans")
    answer = stranger.get(link)
    assert "您确定不再接收此类提醒吗" in answer.text
    assert '<html lang="zh-hans"' in answer.text


def test_the_link_of_a_digest_turns_off_the_digest_alone_and_on_again(stranger, daily, alice):
    asked = stranger.get(daily).text
    assert "Do you want no more daily mails" in asked
    assert "(digest)" not in asked
    assert Preferences.objects.get(user=alice).digest
    assert "You get no more daily mails." in stranger.post(daily, {"List-Unsubscribe": "One-Click"}).text
    assert not Preferences.objects.get(user=alice).digest
    assert "You get the daily mail again." in stranger.post(daily, {"on": "1"}).text
    assert Preferences.objects.get(user=alice).digest
    assert choices() == {}


def test_the_page_of_a_digests_link_speaks_chinese_too(stranger, daily, alice):
    Preferences.objects.filter(user=alice).update(language="zh-hans")
    assert "您确定不再接收未读内容的每日摘要吗" in stranger.get(daily).text


def test_the_link_of_a_notifier_leaves_the_digest_on(stranger, link, daily, alice):
    stranger.post(link)
    assert Preferences.objects.get(user=alice).digest


@pytest.mark.parametrize("token", ["1:email:forged", "x", "1:email", "%00", "9" * 400])
def test_a_link_that_we_did_not_sign_is_none(stranger, alice, token):
    for answer in (stranger.get(f"/unsubscribe/{token}"), stranger.post(f"/unsubscribe/{token}")):
        assert answer.status_code == 404
    assert choices() == {}


def test_a_signature_is_good_for_its_user_and_notifier_only(stranger, link, alice, bob):
    other = link.replace(f"/{alice.pk}:", f"/{bob.pk}:")
    assert other != link
    assert stranger.post(other).status_code == 404
    assert stranger.post(link.replace(":email:", ":webpush:")).status_code == 404
    assert choices() == {}


def test_a_user_who_is_gone_has_no_page(stranger):
    assert stranger.get(unsubscribing.address(user_id=10**9, notifier="email")).status_code == 404


def test_the_page_runs_nothing_and_tells_nobody_its_address(stranger, link):
    answer = stranger.get(link)
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert "no-store" in answer["Cache-Control"]
    assert 'name="referrer" content="no-referrer"' in answer.text
