"""The daily mail as a worker sends it, to a mail server that speaks SMTP."""

import re
import time
from datetime import timedelta

import pytest
from django.test import Client

from imsite.localservers import free_port
from messages_store import notifiers
from messages_store.models import Digest, NotifierChoice, Preferences, Reminder
from messages_store.notifiers import Item
from messages_store.notifiers.wording import words
from messages_store.reminders import Reminders
from messages_store.services import digesting
from messages_store.services.conversations import open_direct
from tests.conftest import make_user
from tests.store.at_once import patient, together  # noqa: F401 (a fixture for all of these)
from tests.store.digests import Clock, choose, notify_before, outcomes, say_before

from .peers import outgoing
from .test_email import body, mail_server

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 30  # seconds


@pytest.fixture(autouse=True)
def configured(settings):
    settings.IM_NOTIFIERS = ["email"]
    settings.IM_NOTIFIERS_ON = []  # the digest is another choice than reminders
    settings.IM_NOTIFY_SECONDS = 5
    settings.IM_EMAIL_FROM = "Chat <chat@example.com>"
    notifiers._loaded.cache_clear()
    yield
    notifiers._loaded.cache_clear()


@pytest.fixture
def clock(monkeypatch) -> Clock:
    """Eight in the morning, in UTC."""
    clock = Clock("2026-11-20 08:00")
    monkeypatch.setattr(digesting, "now", clock)
    return clock


def wants(user, clock, **fields):
    """Somebody whose hour has come."""
    user.email = f"{user.username}@example.com"
    user.save()
    choose(user, digest_at=clock.now, **fields)
    return user


def work(until) -> None:
    """A worker's part, until that is so."""
    reminders, deadline = Reminders(), time.monotonic() + PATIENCE
    while not until():
        assert time.monotonic() < deadline
        reminders.step()
        time.sleep(0.01)
    reminders.stop(within=PATIENCE)


def is_over(*others: str) -> bool:
    outcomes = set(Digest.objects.values_list("outcome", flat=True))
    return bool(outcomes) and outcomes <= {"sent", "failed", "cancelled", *others}


def test_a_worker_sends_it_with_what_is_unread_and_a_link_that_ends_it_alone(settings, clock, alice, bob, group):
    wants(bob, clock)
    say_before(clock, alice, group, 2, hours=30)
    notify_before(clock, bob, "Server <down>", "urgent", hours=30)
    with mail_server(settings) as mails:
        work(is_over)
    mail = mails.mail()
    assert outcomes(bob) == [("2026-11-20", "sent")]
    assert mail["Subject"] == "Not read yet: 2 messages in 1 conversation and 1 notification (1 urgent)"
    assert mail["Message-ID"] == f"<{Digest.objects.get().key}@example.com>"
    assert {"- Lunch: 2 messages", "- Urgent: Server <down>"} <= set(body(mail, "plain").splitlines())
    assert {"<li>Lunch: 2 messages</li>", "<li>Urgent: Server &lt;down&gt;</li>"} <= set(
        body(mail, "html").splitlines()
    )
    assert "secret" not in str(mail)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    [link] = re.findall(r"^<https://chat\.example\.com(/unsubscribe/.+)>$", mail["List-Unsubscribe"].strip())
    for kind in ("plain", "html"):
        assert link in body(mail, kind)
        assert "No more daily mails" in body(mail, kind)
    assert Client(enforce_csrf_checks=True).post(link, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not Preferences.objects.get(user=bob).digest
    assert not NotifierChoice.objects.exists()
    assert not Reminder.objects.exists()


def test_it_speaks_chinese(settings, clock, alice, bob, group):
    wants(bob, clock, language="zh-Hans")
    say_before(clock, alice, group, 2, hours=30)
    notify_before(clock, bob, "Backup", "warning", hours=30)
    with mail_server(settings) as mails:
        work(is_over)
    mail = mails.mail()
    assert mail["Subject"].strip() == "未读：1 个会话中的 2 条消息和 1 条通知"
    for kind in ("plain", "html"):
        for said in (
            "Lunch：2 条消息",
            "警告：Backup",
            "您尚未阅读 1 个会话中的 2 条消息和 1 条通知。",
            "不再接收每日摘要",
        ):
            assert said in body(mail, kind)


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("en", ("A conversation: 1 message", "Info: Tea", "… and 3 more conversations", "… and 1 more notification")),
        ("zh", ("会话：1 条消息", "信息：Tea", "…… 另有 3 个会话", "…… 另有 1 条通知")),
    ],
)
def test_what_there_is_no_room_for_is_counted(language, lines):
    items = (Item("", messages=1), Item("Tea", level="info"))
    said = words(outgoing(language=language, kind="digest", items=items, conversations=4, notifications={"info": 2}))
    assert said.lines == lines


def test_a_mail_server_that_comes_back_gets_it_then(settings, clock, alice, bob, direct):
    wants(bob, clock)
    say_before(clock, alice, direct, hours=30)
    settings.IM_EMAIL_URL = {"host": "localhost", "port": free_port()}
    work(lambda: Digest.objects.filter(attempts=1, claim="").exists())
    assert "refused" in Digest.objects.get().error
    clock.now += timedelta(seconds=10)
    with mail_server(settings) as mails:
        work(is_over)
    assert outcomes(bob) == [("2026-11-20", "sent")]
    assert (Digest.objects.get().attempts, len(mails.envelopes)) == (2, 1)


def test_two_workers_at_once_write_one_mail_to_each(settings, clock, alice):
    people = [wants(make_user(f"person{number}"), clock) for number in range(30)]
    for person in people:
        say_before(clock, alice, open_direct(user_id=alice.pk, other_id=person.pk), hours=30)

    def one() -> None:
        work(lambda: Digest.objects.filter(outcome="sent").count() == len(people))

    with mail_server(settings) as mails:
        together(one, one)
    assert sorted(envelope.rcpt_tos[0] for envelope, _ in mails.envelopes) == sorted(one.email for one in people)
    assert Digest.objects.count() == len(people)


def test_what_was_claimed_by_a_worker_that_was_killed_goes_out_by_another(settings, clock, alice, bob, direct):
    wants(bob, clock)
    say_before(clock, alice, direct, hours=30)
    email = notifiers.load()["email"]
    digesting.look(notifier=email)
    (lost,), _rest = digesting.claim(notifier=email, limit=1)  # and nothing more is heard of it
    clock.now += timedelta(seconds=11)
    with mail_server(settings) as mails:
        work(is_over)
    assert mails.mail()["Message-ID"] == f"<{lost.outgoing.id}@example.com>"
    assert digesting.finish(claimed=lost) is None


def test_digests_are_counted_beside_reminders(settings, clock, alice, bob, direct):
    wants(bob, clock)
    say_before(clock, alice, direct, hours=30)
    reminders, deadline = Reminders(), time.monotonic() + PATIENCE
    with mail_server(settings):
        while not is_over():
            assert time.monotonic() < deadline
            reminders.step()
            time.sleep(0.01)
        reminders.stop(within=PATIENCE)
    assert reminders.ended() == {("digest", "sent"): 1}


def test_without_email_among_the_notifiers_nobody_is_looked_at(settings, clock, alice, bob, direct):
    wants(bob, clock)
    say_before(clock, alice, direct, hours=30)
    settings.IM_NOTIFIERS = ["log"]
    reminders = Reminders()
    reminders.step()
    reminders.stop(within=PATIENCE)
    assert not Digest.objects.exists()
    assert Preferences.objects.get(user=bob).digest_at == clock.now
