"""The settings: plain forms, each saved by itself."""

import json
import re
from datetime import time

import pytest
from django.test import Client

from chat.account import mails
from messages_store.models import NotifierChoice, Preferences, SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def site(settings):
    settings.IM_NOTIFIERS = ["log", "email"]
    settings.IM_QUIET_HOURS = time(22), time(7)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # a quick one


@pytest.fixture
def client(alice):
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(alice)
    return client


def saved(client, section: str, **filled_in) -> str:
    """The page after this was saved."""
    answer = client.post(f"/settings/{section}/", filled_in)
    assert answer.status_code == 302, re.findall('(?s)<ul class="errorlist.*?</ul>', answer.text)
    assert answer["Location"] == "/settings/"
    return client.get("/settings/").text


def refused(client, section: str, **filled_in) -> str:
    answer = client.post(f"/settings/{section}/", filled_in)
    assert answer.status_code == 200
    assert "This was not saved" in answer.text
    assert "<title>Not saved" in answer.text
    return answer.text


def hours() -> tuple | None:
    return Preferences.objects.values_list("quiet_from", "quiet_until").first()


def test_nobody_is_sent_to_sign_in():
    for path in ("/settings/", "/settings/notifications/", "/settings/language/"):
        assert Client().get(path)["Location"] == f"/sign-in/?next={path}"
        assert Client().post(path).status_code == 302
    assert not Preferences.objects.exists()


def test_it_runs_nothing_foreign_and_is_kept_by_nobody(client):
    answer = client.get("/settings/")
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "no-store" in answer["Cache-Control"]
    assert not re.search(r"<script>|<style|\sstyle=|\son\w+=\"", answer.text)


@pytest.mark.parametrize("section", ["notifications", "language"])
def test_no_other_site_fills_it_in(alice, section):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert client.post(f"/settings/{section}/", {"quiet": "never"}).status_code == 403


def test_an_address_of_a_section_shows_the_page(client):
    assert client.get("/settings/language/")["Location"] == "/settings/"
    assert client.get("/settings/nothing/").status_code == 404


def test_it_says_which_notifier_does_not_reach_one_and_why(client, alice):
    page = client.get("/settings/").text
    assert "No e-mail address of yours is known here: give one in your settings." in page
    alice.email = "alice@example.com"
    alice.save()
    assert "No e-mail address of yours" not in client.get("/settings/").text


def test_a_site_that_reminds_nobody_says_so_and_offers_nothing(client, settings):
    settings.IM_NOTIFIERS = []
    page = client.get("/settings/").text
    assert "This site sends no reminders." in page
    assert "/settings/notifications/" not in page


def test_a_notifier_is_turned_off_and_the_others_stay_unchosen(client, alice):
    page = saved(client, "notifications", on=[], quiet="site")
    assert list(NotifierChoice.objects.values_list("user", "notifier", "on")) == [(alice.pk, "email", False)]
    assert "Saved." in page
    assert not re.search(r'value="email"[^>]* checked', page)
    assert "Saved." not in client.get("/settings/").text


def test_the_operators_log_is_offered_only_where_there_is_nothing_else_and_stays_as_it_is(client, alice, settings):
    assert 'value="log"' not in client.get("/settings/").text
    saved(client, "notifications", on=["email"], quiet="site")
    assert not NotifierChoice.objects.filter(user=alice, notifier="log").exists()
    refused(client, "notifications", on=["log"], quiet="site")
    settings.IM_NOTIFIERS = ["log"]
    assert 'value="log"' in client.get("/settings/").text


def test_quiet_hours_are_the_sites_ones_own_or_never(client):
    page = saved(client, "notifications", quiet="own", quiet_from="23:30", quiet_until="06:00")
    assert hours() == (time(23, 30), time(6))
    assert 'value="23:30"' in page
    saved(client, "notifications", quiet="never")
    assert hours() == (time(0), time(0))
    assert re.search(r'value="never"[^>]* checked', client.get("/settings/").text)
    saved(client, "notifications", quiet="site")
    assert hours() == (None, None)
    assert re.search(r'value="site"[^>]* checked', client.get("/settings/").text)


def test_who_says_nothing_of_quiet_hours_stays_with_those_that_the_site_will_have(client, settings):
    settings.IM_QUIET_HOURS = None
    saved(client, "notifications", on=["email"], quiet="never")
    assert not Preferences.objects.exclude(quiet_from=None).exists()


def test_a_site_without_quiet_hours_does_not_offer_them(client, settings):
    settings.IM_QUIET_HOURS = None
    page = client.get("/settings/").text
    assert 'value="site"' not in page
    assert re.search(r'value="never"[^>]* checked', page)


@pytest.mark.parametrize(
    ("filled_in", "said"),
    [
        ({"quiet": "own", "quiet_from": "22:00"}, "Say a time of day"),
        ({"quiet": "own", "quiet_from": "22:00", "quiet_until": "late"}, "Enter a valid time"),
        ({"quiet": "own", "quiet_from": "22:00", "quiet_until": "22:00"}, "another time than the first"),
        ({"quiet": "sometimes"}, "Select a valid choice"),
        ({"quiet": "site", "on": ["pigeon"]}, "Select a valid choice"),
        ({}, "This field is required"),
    ],
)
def test_what_makes_no_sense_is_said_where_it_stands(client, filled_in, said):
    page = refused(client, "notifications", **filled_in)
    assert said in page
    assert not Preferences.objects.exists()
    assert not NotifierChoice.objects.exists()


def test_language_and_time_zone(client):
    page = saved(client, "language", language="zh-hans", time_zone="Asia/Shanghai")
    assert Preferences.objects.values_list("language", "time_zone").get() == ("zh-hans", "Asia/Shanghai")
    assert '<option value="Asia/Shanghai" selected>' in page
    saved(client, "language", language="", time_zone="")
    assert Preferences.objects.values_list("language", "time_zone").get() == ("", "")


def test_a_chosen_language_is_spoken_at_once_and_by_no_choice_what_the_browser_asks_for(client):
    client.post("/settings/language/", {"language": "zh-hans", "time_zone": ""})
    assert '<html lang="zh-hans"' in client.get("/settings/", headers={"Accept": "text/html"}).text
    client.post("/settings/language/", {"language": "", "time_zone": ""})
    assert '<html lang="en"' in client.get("/settings/", headers={"Accept": "text/html"}).text


def test_what_was_chosen_elsewhere_can_stay(client, alice):
    Preferences.objects.create(user=alice, language="de-ch", time_zone="CET")
    page = client.get("/settings/").text
    assert '<option value="CET" selected>' in page
    saved(client, "language", language="de-ch", time_zone="CET")


def test_a_time_zone_that_is_none_any_more_breaks_nothing(client, alice):
    Preferences.objects.create(user=alice, time_zone="Mars/Olympus")
    assert "127.0.0.1" in client.get("/settings/").text


@pytest.mark.parametrize("filled_in", [{"time_zone": "Mars/Olympus"}, {"language": "tlh"}, {"time_zone": "\0"}])
def test_what_there_is_not_cannot_be_chosen(client, filled_in):
    refused(client, "language", **filled_in)
    assert not Preferences.objects.exists()


def test_who_may_send_no_pictures_is_asked_for_none(client, settings):
    settings.IM_ATTACHMENT_TYPES = ["application/pdf"]
    choose = re.search(r'<button class="link choose"[^>]*>', client.get("/settings/").text)
    assert choose[0].endswith(" hidden>")
    settings.IM_ATTACHMENT_TYPES = ["image/png"]
    page = client.get("/settings/").text
    assert not re.search(r'<button class="link choose"[^>]*hidden>', page)
    assert 'accept="image/png"' in page


def test_what_was_filled_in_is_shown_as_text(client):
    page = refused(client, "language", time_zone='"><script>alert(1)</script>')
    assert "<script>alert" not in page


PASSWORD, NEW = "correct horse battery", "another horse entirely"


@pytest.fixture
def mail(settings, monkeypatch, alice):
    """The site can send mails, and Alice has an address and a password."""
    settings.IM_EMAIL_URL = {"host": "mail.example.com"}
    settings.IM_EMAIL_FROM = "Chat <chat@example.com>"
    settings.IM_PUBLIC_URL = "https://chat.example.com"
    monkeypatch.setattr(mails, "post", type("AtOnce", (), {"submit": lambda self, do, *what: do(*what)})())
    alice.email = "alice@example.com"
    alice.set_password(PASSWORD)
    alice.save()


@pytest.fixture
def signed_in(mail, alice, client):
    client.force_login(alice)
    client.get("/settings/")
    return client


class TestProfile:
    def test_a_name_is_what_others_see(self, client, alice, get, bob):
        saved(client, "profile", display_name="  Alice <b>the</b> Great 👩‍🚀 ")
        alice.refresh_from_db()
        assert alice.name == "Alice <b>the</b> Great 👩‍🚀"
        page = client.get("/settings/").text
        assert "Alice &lt;b&gt;the&lt;/b&gt; Great" in page
        assert get(alice, "me")[1]["name"] == alice.name

    def test_those_who_see_it_are_told(self, client, alice, ringer):
        saved(client, "profile", display_name="Alicia")
        told = {"type": "profile", "user": alice.pk, "name": "Alicia", "avatar": None}
        assert json.loads(ringer.profiles[alice.pk]) == told

    def test_none_is_the_username(self, client, alice):
        saved(client, "profile", display_name=" ")
        alice.refresh_from_db()
        assert (alice.display_name, alice.name) == ("", "alice")

    @pytest.mark.parametrize("name", ["a\u202eb", "a\nb", "\u200b", "a\0b", "x" * 151])
    def test_what_nobody_can_see_or_store_is_no_name(self, client, alice, name):
        refused(client, "profile", display_name=name)
        alice.refresh_from_db()
        assert alice.display_name == "Alice"


class TestAddress:
    def test_it_changes_when_the_link_was_followed(self, signed_in, alice, mailoutbox):
        page = saved(signed_in, "address", email="new@example.com", password=PASSWORD)
        assert "A mail is on its way to the new address." in page
        assert "alice@example.com" in page
        [mail] = mailoutbox
        assert mail.to == ["new@example.com"]
        path = re.search(r"https://chat\.example\.com(/address/\S+)", mail.body)[1]
        Client().post(path)
        assert "new@example.com" in signed_in.get("/settings/").text

    def test_an_empty_one_is_none_from_now_on(self, signed_in, alice, mailoutbox):
        saved(signed_in, "address", email="", password=PASSWORD)
        alice.refresh_from_db()
        assert (alice.email, mailoutbox) == ("", [])

    @pytest.mark.parametrize(
        ("filled_in", "said"),
        [
            ({"email": "new@example.com", "password": "wrong"}, "This is not your password"),
            ({"email": "new@example.com"}, "This field is required"),
            ({"email": "new", "password": PASSWORD}, "Enter a valid email address"),
            ({"email": "alice@example.com", "password": PASSWORD}, "your address already"),
        ],
    )
    def test_who_cannot_change_it(self, signed_in, alice, mailoutbox, filled_in, said):
        assert said in refused(signed_in, "address", **filled_in)
        assert mailoutbox == []

    def test_passwords_cannot_be_tried_there_without_end(self, signed_in, settings, mailoutbox):
        settings.IM_TRIES_PER_ACCOUNT = 2
        for _ in range(2):
            refused(signed_in, "address", email="new@example.com", password="wrong")
        answer = signed_in.post("/settings/address/", {"email": "new@example.com", "password": PASSWORD})
        assert (answer.status_code, mailoutbox) == (429, [])
        assert "Too many tries" in answer.text

    def test_a_site_that_sends_no_mail_does_not_offer_it(self, signed_in, settings):
        settings.IM_EMAIL_URL = None
        page = signed_in.get("/settings/").text
        assert "/settings/address/" not in page
        assert "An administrator can change it." in page
        answer = signed_in.post("/settings/address/", {"email": "new@example.com", "password": PASSWORD})
        assert answer.status_code == 404


class TestPassword:
    FILLED_IN = {"change-old_password": PASSWORD, "change-new_password1": NEW, "change-new_password2": NEW}

    def test_this_device_stays_and_the_others_are_signed_out(self, signed_in, alice):
        there = Client()
        there.force_login(alice)
        there.get("/api/v1/me")
        before = signed_in.cookies["sessionid"].value
        signed_in.post("/settings/password/", self.FILLED_IN)
        assert [found.session_key for found in SignIn.objects.all()] == [signed_in.cookies["sessionid"].value]
        assert "Your password is changed" in signed_in.get("/settings/").text
        assert signed_in.cookies["sessionid"].value != before
        assert there.get("/api/v1/me").status_code == 401
        alice.refresh_from_db()
        assert alice.check_password(NEW)

    @pytest.mark.parametrize(
        ("changed", "said"),
        [
            ({"change-old_password": "wrong"}, "was entered incorrectly"),
            ({"change-new_password2": "other"}, "match"),
            ({"change-new_password1": "alice", "change-new_password2": "alice"}, "too short"),
        ],
    )
    def test_who_cannot_change_it(self, signed_in, alice, changed, said):
        assert said in refused(signed_in, "password", **(self.FILLED_IN | changed))
        alice.refresh_from_db()
        assert alice.check_password(PASSWORD)

    def test_who_signs_in_otherwise_has_none_to_change(self, signed_in, alice):
        alice.set_unusable_password()
        alice.save()
        signed_in.force_login(alice)
        assert "/settings/password/" not in signed_in.get("/settings/").text


class TestPlaces:
    PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1"

    @pytest.fixture
    def phone(self, alice):
        phone = Client(headers={"User-Agent": self.PHONE})
        phone.force_login(alice)
        phone.get("/api/v1/me")
        return phone

    def test_they_are_listed_and_this_one_is_marked(self, client, phone, bob):
        page = client.get("/settings/").text
        [here, there] = re.findall(r"(?s)<li>\s*<svg.*?</li>", page)
        assert "this device" in here
        assert "Safari on iPhone" in there
        assert "this device" not in there
        assert "127.0.0.1" in there

    def test_the_others_are_signed_out(self, client, phone):
        client.get("/settings/")
        client.post("/settings/places/others/")
        assert "1 other device is signed out." in client.get("/settings/").text
        assert phone.get("/api/v1/me").status_code == 401
        assert client.get("/api/v1/me").status_code == 200

    def test_one_is_signed_out_by_its_owner_only(self, client, phone, bob):
        sign_in_id = SignIn.objects.get().pk
        stranger = Client()
        stranger.force_login(bob)
        assert stranger.post(f"/settings/places/{sign_in_id}/").status_code == 404
        assert stranger.post(f"/settings/places/{10**30}/").status_code == 404
        assert phone.get("/api/v1/me").status_code == 200
        client.post(f"/settings/places/{sign_in_id}/")
        assert phone.get("/api/v1/me").status_code == 401

    def test_a_link_alone_signs_nobody_out(self, client, phone):
        assert client.get("/settings/places/others/").status_code == 405
        assert phone.get("/api/v1/me").status_code == 200
