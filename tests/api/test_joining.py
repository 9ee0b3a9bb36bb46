"""Signing in, signing up, a new password for who forgot it, and confirming an address."""

import re
from ipaddress import ip_network

import pytest
from django.contrib.auth.models import Permission
from django.contrib.sessions.models import Session
from django.test import Client

from chat.account import mails
from chat.account.joining import SignUpForm
from messages_store.models import Inbox, Preferences, SignIn, User
from messages_store.services import accounts, sign_ins

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
NEW = "another horse entirely"


class AtOnce:
    """Mails go out within the request that causes them."""

    def submit(self, do, *what):
        do(*what)


@pytest.fixture(autouse=True)
def site(settings, monkeypatch):
    settings.IM_SIGN_UP = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # a quick one
    settings.IM_EMAIL_URL = {"host": "mail.example.com"}
    settings.IM_EMAIL_FROM = "Chat <chat@example.com>"
    settings.IM_PUBLIC_URL = "https://chat.example.com"
    monkeypatch.setattr(mails, "post", AtOnce())


@pytest.fixture
def alice(alice):
    alice.set_password(PASSWORD)
    alice.email = "alice@example.com"
    alice.save()
    return alice


@pytest.fixture
def client():
    return Client(headers={"Accept-Language": "en"})


def sign_in(client, username="alice", password=PASSWORD, **headers):
    return client.post("/sign-in/", {"username": username, "password": password}, headers=headers)


def is_signed_in(client) -> bool:
    return client.get("/api/v1/me").status_code == 200


def link_in(mail) -> str:
    """The path that a mail leads to, the same in text and HTML."""
    [link] = re.findall(r"https://chat\.example\.com(/\S*)", mail.body)
    [(html, kind)] = mail.alternatives
    assert kind == "text/html"
    assert f'href="https://chat.example.com{link}"' in html
    return link


class TestSigningIn:
    def test_there_are_links_to_what_there_is(self, client, settings):
        page = client.get("/sign-in/").text
        assert "/sign-up/" in page
        assert "/password/" in page
        settings.IM_SIGN_UP = False
        settings.IM_EMAIL_URL = None
        page = client.get("/sign-in/").text
        assert "/sign-up/" not in page
        assert "/password/" not in page

    def test_too_many_tries_at_one_account_are_refused_with_the_right_password_too(self, client, alice, bob, settings):
        settings.IM_TRIES_PER_ACCOUNT = 3
        for username in ("alice", "Alice", " ALICE "):
            assert sign_in(client, username, "wrong").status_code == 200
        refused = sign_in(client)
        assert refused.status_code == 429
        assert 1 <= int(refused["Retry-After"]) <= 60
        assert "Too many tries" in refused.text
        assert not is_signed_in(client)
        assert "Too many tries" not in sign_in(client, "bob", "wrong").text

    def test_too_many_tries_from_one_address_are_refused_whoever_they_are_about(self, client, alice, settings):
        settings.IM_TRIES_PER_ADDRESS = 3
        settings.IM_TRUSTED_PROXIES = [ip_network("127.0.0.0/8")]
        for number in range(3):
            sign_in(client, f"nobody{number}")
        assert sign_in(client).status_code == 429
        elsewhere = Client(headers={"X-Forwarded-For": "192.0.2.7"})
        assert sign_in(elsewhere).status_code == 302

    def test_the_admin_is_no_way_around_it(self, client, alice, settings):
        settings.IM_TRIES_PER_ACCOUNT = 3
        User.objects.update(is_staff=True)
        for _ in range(3):
            client.post("/admin/login/", {"username": "alice", "password": "wrong"})
        client.post("/admin/login/", {"username": "alice", "password": PASSWORD})
        assert not is_signed_in(client)

    def test_no_limit_is_no_limit(self, client, alice, settings):
        settings.IM_TRIES_PER_ACCOUNT = settings.IM_TRIES_PER_ADDRESS = 0
        for _ in range(3):
            sign_in(client, password="wrong")
        assert sign_in(client).status_code == 302


class TestSigningUp:
    FILLED_IN = {"username": "zoe", "display_name": "Zoë Ö", "email": "", "password1": PASSWORD, "password2": PASSWORD}

    def test_where_it_is_off_there_is_no_such_page(self, client, settings):
        settings.IM_SIGN_UP = False
        assert client.get("/sign-up/").status_code == 404
        assert client.post("/sign-up/", self.FILLED_IN).status_code == 404
        assert not User.objects.exists()

    def test_who_signs_up_is_signed_in_and_has_an_inbox(self, client):
        assert client.post("/sign-up/", self.FILLED_IN)["Location"] == "/"
        zoe = User.objects.get()
        assert (zoe.username, zoe.name, zoe.kind, zoe.is_staff) == ("zoe", "Zoë Ö", "user", False)
        assert zoe.check_password(PASSWORD)
        assert Inbox.objects.filter(user=zoe).exists()
        assert client.get("/api/v1/me").json()["username"] == "zoe"
        assert [found.user_id for found in SignIn.objects.all()] == [zoe.pk]

    def test_an_address_counts_once_it_is_confirmed(self, client, mailoutbox):
        client.post("/sign-up/", {**self.FILLED_IN, "email": "zoe@example.com"})
        assert User.objects.get().email == ""
        [mail] = mailoutbox
        assert mail.to == ["zoe@example.com"]
        Client().post(link_in(mail))
        assert User.objects.get().email == "zoe@example.com"

    def test_without_a_mail_server_no_address_is_asked_for(self, client, settings, mailoutbox):
        settings.IM_EMAIL_URL = None
        assert 'name="email"' not in client.get("/sign-up/").text
        client.post("/sign-up/", {**self.FILLED_IN, "email": "zoe@example.com"})
        assert User.objects.get().email == ""
        assert mailoutbox == []

    @pytest.mark.parametrize(
        ("changed", "said"),
        [
            ({"username": "ALICE"}, "already exists"),
            ({"username": "a b"}, "Enter a valid username"),
            ({"username": ""}, "This field is required"),
            ({"password1": "12345678", "password2": "12345678"}, "too common"),
            ({"password2": "other"}, "match"),
            ({"email": "zoe"}, "Enter a valid email address"),
            ({"display_name": "a\u202eb"}, "nobody can see"),
            ({"display_name": "x" * 151}, "at most 150 characters"),
        ],
    )
    def test_what_is_not_allowed_is_said(self, client, alice, changed, said):
        answer = client.post("/sign-up/", self.FILLED_IN | changed)
        assert answer.status_code == 200
        assert said in answer.text
        assert PASSWORD not in answer.text
        assert User.objects.count() == 1

    def test_of_two_who_take_one_name_at_once_the_other_is_told(self, client, alice, monkeypatch):
        monkeypatch.setattr(SignUpForm, "clean_username", lambda form: form.cleaned_data["username"])
        monkeypatch.setattr(SignUpForm, "_post_clean", lambda form: None)  # it looked when the name was free
        answer = client.post("/sign-up/", self.FILLED_IN | {"username": "alice"})
        assert (answer.status_code, "already exists" in answer.text) == (200, True)
        assert not is_signed_in(client)

    def test_it_is_limited_per_address(self, client, settings):
        settings.IM_TRIES_PER_ADDRESS = 2
        for number in range(2):
            Client().post("/sign-up/", self.FILLED_IN | {"username": f"zoe{number}"})
        assert client.post("/sign-up/", self.FILLED_IN).status_code == 429
        assert User.objects.count() == 2

    def test_who_is_signed_in_goes_to_the_conversations(self, client, alice):
        client.force_login(alice)
        assert client.get("/sign-up/")["Location"] == "/"


class TestForgotten:
    def ask(self, client, address="alice@example.com"):
        return client.post("/password/", {"email": address})

    def choose(self, client, link, password=NEW):
        to = client.get(link)["Location"]
        return client.post(to, {"new_password1": password, "new_password2": password})

    def test_without_a_mail_server_there_is_no_such_page(self, client, settings):
        settings.IM_PUBLIC_URL = ""
        assert client.get("/password/").status_code == 404

    def test_the_answer_is_the_same_whether_there_is_such_an_address_or_not(self, client, alice, mailoutbox):
        answers = [self.ask(client, address) for address in ("alice@example.com", "nobody@example.com")]
        assert {(answer.status_code, answer["Location"]) for answer in answers} == {(302, "/password/sent/")}
        assert [mail.to for mail in mailoutbox] == [["alice@example.com"]]
        assert client.get("/password/sent/").status_code == 200

    def test_a_new_password_ends_all_sessions_and_the_link(self, client, alice, mailoutbox):
        there = Client()
        sign_in(there)
        there.get("/api/v1/me")
        self.ask(client)
        link = link_in(mailoutbox[0])
        assert self.choose(client, link)["Location"] == "/password/done/"
        assert not SignIn.objects.exists()
        assert not is_signed_in(there)
        assert not is_signed_in(client)
        alice.refresh_from_db()
        assert alice.check_password(NEW)
        assert "too old, or was used already" in Client().get(link).text
        assert sign_in(client, password=NEW).status_code == 302

    def test_the_link_is_of_this_site_whatever_host_is_asked(self, client, alice, mailoutbox, settings):
        settings.ALLOWED_HOSTS = ["*"]
        client.post("/password/", {"email": "alice@example.com"}, headers={"Host": "evil.example.com"})
        assert "evil" not in mailoutbox[0].body
        assert link_in(mailoutbox[0]).startswith("/password/")

    def test_a_weak_password_is_refused(self, client, alice, mailoutbox):
        self.ask(client)
        answer = self.choose(client, link_in(mailoutbox[0]), "12345678")
        assert "too common" in answer.text
        alice.refresh_from_db()
        assert alice.check_password(PASSWORD)

    def test_the_mail_speaks_the_language_that_was_chosen(self, client, alice, mailoutbox):
        Preferences.objects.create(user=alice, language="zh-hans")
        self.ask(client)
        assert mailoutbox[0].extra_headers["Content-Language"] == "zh-hans"

    @pytest.mark.parametrize("which", ["account", "address"])
    def test_it_is_limited(self, client, alice, settings, mailoutbox, which):
        setattr(settings, f"IM_TRIES_PER_{which.upper()}", 2)
        for _ in range(2):
            self.ask(client, " Alice@example.com ")
        answer = self.ask(client)
        assert (answer.status_code, len(mailoutbox)) == (429, 2)
        assert "Too many tries" in answer.text

    def test_a_disabled_account_gets_none(self, client, alice, mailoutbox):
        User.objects.update(is_active=False)
        self.ask(client)
        assert mailoutbox == []

    def test_a_mail_server_that_is_away_is_no_failure_of_ours(self, client, alice, monkeypatch, caplog):
        def away(self):
            raise ConnectionRefusedError("refused")

        monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", away)
        assert self.ask(client).status_code == 302
        assert "A mail was not sent: refused" in caplog.text
        assert "alice" not in caplog.text

    def test_so_many_mails_wait_and_no_more(self, client, alice, monkeypatch, caplog, mailoutbox):
        class Never:
            def submit(self, *what):
                waiting.append(what)

        waiting = []
        monkeypatch.setattr(mails, "post", Never())
        for _ in range(mails.MOST):
            assert mails._room.acquire(blocking=False)
        try:
            self.ask(client)
        finally:
            mails._room.release(mails.MOST)
        assert waiting == []
        assert "A mail was not sent" in caplog.text


class TestConfirming:
    @pytest.fixture
    def link(self, alice):
        return f"/address/{accounts.wish(user=alice, address='new@example.com')}/"

    def address(self) -> str:
        return User.objects.get(username="alice").email

    def test_looking_confirms_nothing_and_a_click_does(self, client, link, mailoutbox):
        page = client.get(link).text
        assert "new@example.com" in page
        assert self.address() == "alice@example.com"
        assert "from now on" in client.post(link).text
        assert self.address() == "new@example.com"
        [mail] = mailoutbox  # to the old one, in case it was somebody else
        assert (mail.to, "new@example.com" in mail.body) == (["alice@example.com"], True)

    def test_it_is_good_once(self, client, link):
        client.post(link)
        assert client.post(link).status_code == 404
        assert client.get(link).status_code == 404

    def test_a_new_password_makes_it_void(self, client, link, alice):
        alice.set_password(NEW)
        alice.save()
        assert client.post(link).status_code == 404
        assert self.address() == "alice@example.com"

    def test_it_is_good_for_a_day(self, client, link, monkeypatch):
        monkeypatch.setattr(accounts, "CONFIRMED_WITHIN", -1)
        assert client.post(link).status_code == 404
        assert "too old" in client.get(link).text

    @pytest.mark.parametrize("token", ["x", "a:b:c", "%00", "9" * 400])
    def test_what_we_did_not_sign_is_nothing(self, client, alice, token):
        assert client.post(f"/address/{token}/").status_code == 404
        assert self.address() == "alice@example.com"

    def test_no_other_site_posts_it(self, link):
        assert Client(enforce_csrf_checks=True).post(link).status_code == 403


@pytest.mark.parametrize(
    "path", ["/sign-in/", "/sign-up/", "/password/", "/password/sent/", "/password/MQ/x/", "/address/x/"]
)
def test_the_pages_run_nothing_foreign_and_are_kept_by_nobody(client, path):
    answer = client.get(path)
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "no-store" in answer["Cache-Control"]
    assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=\"", answer.text)


def test_permissions_are_asked_as_before(alice):
    """The gate is a backend too, but knows no permissions."""
    alice.user_permissions.add(Permission.objects.get(codename="send_notification"))
    assert alice.has_perm("messages_store.send_notification")
    assert sign_ins.of(user=alice) == []
    assert not Session.objects.exists()
