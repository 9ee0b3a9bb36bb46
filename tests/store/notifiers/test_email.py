"""Reminders by e-mail, against a mail server that speaks SMTP."""

import asyncio
import contextlib
import email
import email.policy
import threading
import time

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult

from imsite.localservers import free_port
from messages_store.notifiers import NotifyError
from messages_store.notifiers.email import EmailNotifier

from .peers import certified, listener, outgoing, silent


class Mails:
    """What the server's people get. `refuse` is what it says instead of taking a mail, by command."""

    def __init__(self):
        self.envelopes, self.refuse, self.signed_in = [], {}, []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if "RCPT" in self.refuse:
            return self.refuse["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_MAIL(self, server, session, envelope, address, options):
        envelope.mail_from = address
        return self.refuse.get("MAIL", "250 OK")

    async def handle_DATA(self, server, session, envelope):
        if "DATA" in self.refuse:
            return self.refuse["DATA"]
        self.envelopes.append((envelope, server.transport.get_extra_info("sslcontext") is not None))
        return "250 OK"

    def authenticate(self, server, session, envelope, mechanism, data):
        self.signed_in.append((data.login, data.password))
        return AuthResult(success=data.password == b"right", handled=False)

    def mail(self):
        [(envelope, _)] = self.envelopes
        return email.message_from_bytes(envelope.content, policy=email.policy.default)


@contextlib.contextmanager
def mail_server(settings, *, scheme="smtp", tls=None, user=""):
    """A server, with IM_EMAIL_URL leading to it."""
    mails, talks, loop = Mails(), [], asyncio.new_event_loop()
    starttls, at_once = (tls if scheme == "smtp+starttls" else None), (tls if scheme == "smtps" else None)
    options = {"authenticator": mails.authenticate} if user else {}

    def connected() -> SMTP:
        talk = SMTP(
            mails,
            hostname="mail.test",
            loop=loop,
            tls_context=starttls,
            require_starttls=bool(starttls),
            auth_require_tls=bool(starttls),
            **options,
        )
        talks.append(talk)
        return talk

    server = loop.run_until_complete(loop.create_server(connected, "127.0.0.1", 0, ssl=at_once))
    name, _, password = user.partition(":")
    settings.IM_EMAIL_URL = {
        "host": "localhost",
        "port": server.sockets[0].getsockname()[1],
        "username": name,
        "password": password,
        "use_tls": scheme == "smtp+starttls",
        "use_ssl": scheme == "smtps",
    }
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield mails
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        loop.run_until_complete(end(talks))
        loop.close()


async def end(talks: list[SMTP]) -> None:
    """The server lets everybody go."""
    for talk in talks:
        if talk.transport is not None and not talk.transport.is_closing():  # who has left is gone already
            talk.transport.abort()
    while tasks := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(tasks)
    await asyncio.sleep(0)  # transports tell of their end by a callback


@pytest.fixture(autouse=True)
def sender(settings):
    settings.IM_EMAIL_FROM = "Chat <chat@example.com>"
    settings.IM_NOTIFY_SECONDS = 5


def failure(**fields) -> NotifyError:
    with pytest.raises(NotifyError) as raised:
        EmailNotifier().notify(outgoing(**fields))
    return raised.value


def body(mail, kind: str) -> str:
    return mail.get_body((kind,)).get_content()


def test_a_mail_says_how_much_waits_and_where(settings):
    with mail_server(settings) as mails:
        EmailNotifier().notify(outgoing())
    mail = mails.mail()
    assert mail["Subject"] == "3 messages in 2 conversations and 1 notification (1 urgent) waiting for you"
    assert (mail["From"], mail["To"]) == ("Chat <chat@example.com>", "Bob <bob@example.com>")
    for kind in ("plain", "html"):
        said = body(mail, kind)
        assert "3 messages in 2 conversations" in said
        assert "Order 17, Lunch, Alice" in said
        assert "https://chat.example.com/" in said
        assert "https://chat.example.com/unsubscribe/signed" in said


def test_one_click_unsubscribes_and_machines_do_not_answer(settings):
    with mail_server(settings) as mails:
        EmailNotifier().notify(outgoing())
    assert mails.mail()["List-Unsubscribe"] == "<https://chat.example.com/unsubscribe/signed>"
    assert mails.mail()["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mails.mail()["Auto-Submitted"] == "auto-generated"


def test_every_attempt_has_the_same_message_id(settings):
    with mail_server(settings) as mails:
        for _ in range(2):
            EmailNotifier().notify(outgoing(id="r-9"))
    ids = {email.message_from_bytes(envelope.content)["Message-ID"] for envelope, _ in mails.envelopes}
    assert (len(mails.envelopes), ids) == (2, {"<r-9@example.com>"})


@pytest.mark.parametrize("language", ["zh-hans", "zh-CN", "zh"])
def test_it_is_in_the_language_of_its_recipient(settings, language):
    with mail_server(settings) as mails:
        EmailNotifier().notify(outgoing(language=language, name="小明"))
    assert mails.mail()["Subject"].strip() == "您有 2 个会话中的 3 条消息和 1 条通知（1 条紧急）"
    assert mails.mail()["Content-Language"] == "zh-Hans"
    for kind in ("plain", "html"):
        assert "小明，您好" in body(mails.mail(), kind)
        assert "不再接收此类提醒" in body(mails.mail(), kind)
    assert '<html lang="zh-Hans">' in body(mails.mail(), "html")


def test_names_are_text_whatever_they_hold(settings):
    evil = "<script>alert(1)</script>"
    with mail_server(settings) as mails:
        EmailNotifier().notify(outgoing(titles=(evil,), name=f"Eve\r\nBcc: all@example.com {evil}"))
    mail = mails.mail()
    assert evil not in body(mail, "html")
    assert "&lt;script&gt;" in body(mail, "html")
    assert evil in body(mail, "plain")
    assert mail["Bcc"] is None
    assert mails.envelopes[0][0].rcpt_tos == ["bob@example.com"]


@pytest.mark.parametrize("address", ["", "bob", "bob@", "bob@example.com\r\nBcc: all@example.com", "a@b.c, d@e.f"])
def test_an_address_that_is_none_is_never_tried(settings, address):
    with mail_server(settings) as mails:
        assert failure(email=address).permanent is True
    assert mails.envelopes == []


@pytest.mark.parametrize("scheme", ["smtp+starttls", "smtps"])
def test_it_goes_by_tls_with_a_password(settings, authority, trusted, scheme):
    with mail_server(settings, scheme=scheme, tls=certified(authority), user="chat:right") as mails:
        EmailNotifier().notify(outgoing())
    assert [tls for _, tls in mails.envelopes] == [True]
    assert mails.signed_in == [(b"chat", b"right")]


@pytest.mark.parametrize("scheme", ["smtp+starttls", "smtps"])
@pytest.mark.parametrize("wrong", ["authority", "name"])
def test_a_server_with_a_wrong_certificate_gets_no_mail_and_no_password(settings, authority, trusted, scheme, wrong):
    tls = certified(trustme.CA()) if wrong == "authority" else certified(authority, "other.example.com")
    with mail_server(settings, scheme=scheme, tls=tls, user="chat:right") as mails:
        error = failure()
    assert "certificate verify failed" in error.reason
    assert (error.permanent, mails.envelopes, mails.signed_in) == (False, [], [])


def test_a_server_without_tls_gets_no_password_where_tls_is_asked_for(settings):
    with mail_server(settings, user="chat:right") as mails:
        settings.IM_EMAIL_URL = settings.IM_EMAIL_URL | {"use_tls": True}
        error = failure()
    assert "STARTTLS" in error.reason
    assert (error.permanent, mails.envelopes, mails.signed_in) == (False, [], [])


def test_a_wrong_password_is_for_the_operator_to_mend(settings, authority, trusted):
    with mail_server(settings, scheme="smtps", tls=certified(authority), user="chat:wrong"):
        error = failure()
    assert error.reason.startswith("the mail server said 535")
    assert error.permanent is False


@pytest.mark.parametrize(
    ("command", "said", "permanent"),
    [
        ("RCPT", "550 5.1.1 no such person", True),
        ("RCPT", "450 4.2.1 come again", False),
        ("DATA", "554 5.7.1 this is spam", True),
        ("DATA", "451 4.3.0 come again", False),
        ("MAIL", "550 5.7.1 not from you", False),
    ],
)
def test_what_the_server_refuses_is_told(settings, command, said, permanent):
    """For ever where it is about this recipient or this mail."""
    with mail_server(settings) as mails:
        mails.refuse[command] = said
        error = failure()
    assert said in error.reason
    assert (error.permanent, mails.envelopes) == (permanent, [])


def test_a_dead_server_may_come_back(settings):
    settings.IM_EMAIL_URL = {"host": "localhost", "port": free_port()}
    error = failure()
    assert "refused" in error.reason
    assert error.permanent is False


def test_a_server_that_hangs_is_left_at_the_deadline(settings):
    settings.IM_NOTIFY_SECONDS = 0.3
    with listener(silent) as port:
        settings.IM_EMAIL_URL = {"host": "localhost", "port": port}
        began = time.monotonic()
        error = failure()
    assert time.monotonic() - began < 10
    assert error.reason == "the mail server: no answer within 0.27 s"


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_server_that_is_slow_at_each_step_is_left_at_the_deadline_too(settings, authority, trusted, scheme):
    """Else the mail would be taken after its attempt has failed, each time anew."""
    settings.IM_NOTIFY_SECONDS = 0.6

    def slow(connection, over):
        said = certified(authority).wrap_socket(connection, server_side=True) if scheme == "smtps" else connection
        with said:
            while not over.wait(0.2):
                said.sendall(b"220-still here\r\n")

    with listener(slow) as port:
        settings.IM_EMAIL_URL = {"host": "localhost", "port": port, "use_ssl": scheme == "smtps"}
        began = time.monotonic()
        assert failure().reason == "the mail server: no answer within 0.54 s"
        assert time.monotonic() - began < 10


def test_it_reaches_who_has_an_address(alice):
    assert EmailNotifier().reaches(alice) is False
    alice.email = "alice@example.com"
    assert EmailNotifier().reaches(alice) is True


def test_what_is_missing_is_told(settings):
    settings.IM_EMAIL_URL, settings.IM_EMAIL_FROM, settings.IM_PUBLIC_URL = None, "", ""
    assert EmailNotifier().problems() == [
        "IM_EMAIL_URL is missing.",
        "IM_EMAIL_FROM is missing.",
        "IM_PUBLIC_URL is missing.",
    ]
    settings.IM_EMAIL_URL, settings.IM_EMAIL_FROM, settings.IM_PUBLIC_URL = {"host": "a"}, "a@b.c", "https://a"
    assert EmailNotifier().problems() == []
