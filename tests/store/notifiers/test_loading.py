"""Which notifiers there are, whether they can work, and a real test of one: manage.py notifiers."""

from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command

from messages_store import conf, notifiers
from messages_store.models import Preferences
from messages_store.notifiers import NoNotifier, Notifier, NotifyError

from .test_email import mail_server, sender  # noqa: F401

pytestmark = pytest.mark.django_db
DOCUMENTATION = (Path(__file__).parents[3] / "docs" / "notifiers.md").read_text()
HERE = "tests.store.notifiers.test_loading"


class Pager(Notifier):
    """A third party's."""

    name = "pager"
    sent: list = []
    wrong: list[str] = []
    fails: NotifyError | None = None

    def problems(self):
        return self.wrong

    def reaches(self, user):
        return user.username != "charlie"

    def notify(self, outgoing):
        if self.fails:
            raise self.fails
        self.sent.append(outgoing)


class Daily(Notifier):
    """Called as the daily mail is."""

    name = "digest"


class Nameless(Notifier):
    """Has no name."""


@pytest.fixture(autouse=True)
def pager(monkeypatch):
    for name, value in (("sent", []), ("wrong", []), ("fails", None)):
        monkeypatch.setattr(Pager, name, value)
    notifiers._loaded.cache_clear()
    return Pager


def run(capsys, *arguments: str) -> str:
    call_command("notifiers", *arguments)
    return capsys.readouterr().out


def ours() -> list[str]:
    return [error.msg for error in run_checks() if error.id.startswith("messages_store.")]


def test_a_third_partys_class_is_loaded_beside_ours_and_made_once(settings):
    settings.IM_NOTIFIERS = ["email", "webhook", "wechat", "webpush", "log", f"{HERE}.Pager"]
    loaded = notifiers.load()
    assert list(loaded) == ["email", "webhook", "wechat", "webpush", "log", "pager"]
    assert isinstance(loaded["pager"], Pager)
    assert notifiers.load()["pager"] is loaded["pager"]


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (["acme.Pager"], "acme"),
        ([f"{HERE}.Nobody"], "Nobody"),
        (["mail"], "mail"),
        (["django.utils.functional.SimpleLazyObject"], "missing 1 required"),
        (["datetime.timedelta"], "is no messages_store.notifiers.Notifier"),
        ([f"{HERE}.Nameless"], "with a name"),
        ([f"{HERE}.Pager", f"{HERE}.Pager"], "two are called pager"),
        ([f"{HERE}.Daily"], "two are called digest"),
    ],
)
def test_what_is_no_notifier_stops_the_start_with_a_sentence(settings, names, why):
    settings.IM_NOTIFIERS = names
    with pytest.raises((ImportError, TypeError, NoNotifier)):
        notifiers.load()
    [sentence] = ours()
    assert sentence.startswith("IM_NOTIFIERS: ")
    assert why in sentence
    with pytest.raises(CommandError, match="IM_NOTIFIERS: "):
        call_command("notifiers")


def test_a_setting_that_is_missing_stops_the_start(settings, pager):
    settings.IM_NOTIFIERS = ["email", f"{HERE}.Pager"]
    assert ours() == [
        "The notifier email: IM_EMAIL_URL is missing.",
    ]
    settings.IM_EMAIL_URL = {"host": "localhost"}
    pager.wrong = ["ACME_KEY is missing."]
    assert ours() == ["The notifier pager: ACME_KEY is missing."]
    pager.wrong = []
    assert ours() == []


def test_the_list_says_what_is_wrong_with_each(settings, pager, capsys):
    settings.IM_NOTIFIERS = ["log", f"{HERE}.Pager"]
    pager.wrong = ["ACME_KEY is missing.", "ACME_URL too."]
    assert run(capsys) == "log: ready\npager: ACME_KEY is missing. ACME_URL too.\n"
    settings.IM_NOTIFIERS = []
    assert run(capsys) == "IM_NOTIFIERS names none: nobody is reminded.\n"


def test_a_check_sends_a_real_test_to_one_user_in_that_users_language(settings, pager, capsys, alice, bob):
    settings.IM_NOTIFIERS, settings.IM_PUBLIC_URL = [f"{HERE}.Pager"], "https://chat.example.com"
    Preferences.objects.create(user=alice, language="zh-hans", time_zone="Asia/Shanghai")
    told = run(capsys, "--check=pager", "--to=alice")
    [outgoing] = pager.sent
    assert told.startswith("Sent in 0.0 s.")
    assert outgoing.id in told
    assert (outgoing.user_id, outgoing.kind, outgoing.language) == (alice.pk, "test", "zh-hans")
    assert outgoing.time_zone == "Asia/Shanghai"
    assert outgoing.unsubscribe_url.startswith("https://chat.example.com/unsubscribe/")


def test_a_time_zone_that_was_renamed_is_said_in_a_sentence(settings, pager, capsys, alice):
    settings.IM_NOTIFIERS, settings.IM_TIME_ZONE = [f"{HERE}.Pager"], "Asia/Shanghai"
    Preferences.objects.create(user=alice, time_zone="Mars/Olympus")
    told = run(capsys, "--check=pager", "--to=alice")
    assert told.startswith("There is no time zone Mars/Olympus any more: Asia/Shanghai is taken.\nSent in")
    assert pager.sent[-1].time_zone == "Asia/Shanghai"


def test_a_check_by_mail_arrives(settings, capsys, alice):
    settings.IM_NOTIFIERS = ["email"]
    alice.email = "alice@example.com"
    alice.save()
    with mail_server(settings) as mails:
        assert "Sent in" in run(capsys, "--check=email", "--to=alice")
    assert mails.mail()["Subject"] == "A test: reminders reach you here"
    assert "This is a test." in mails.mail().get_body(("plain",)).get_content()


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (NotifyError("the line is dead"), "Not sent: the line is dead. It would be tried again."),
        (NotifyError("busy", retry_after=30), "Not sent: busy. It would be tried again after 30 s."),
        (NotifyError("gone", permanent=True), "Not sent: gone. It would not be tried again."),
    ],
)
def test_a_check_that_fails_says_why_and_when(settings, pager, alice, error, told):
    settings.IM_NOTIFIERS = [f"{HERE}.Pager"]
    pager.fails = error
    with pytest.raises(CommandError) as raised:
        call_command("notifiers", "--check=pager", "--to=alice")
    assert str(raised.value) == told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--check=pager"], "Say both"),
        (["--to=alice"], "Say both"),
        (["--check=email", "--to=alice"], r"email is none of IM_NOTIFIERS \(pager\)"),
        (["--check=pager", "--to=nobody"], "There is no user nobody"),
        (["--check=pager", "--to=charlie"], "charlie has no address for pager"),
    ],
)
def test_a_check_of_what_is_not_there_says_so(settings, pager, alice, charlie, arguments, told):
    settings.IM_NOTIFIERS = [f"{HERE}.Pager"]
    with pytest.raises(CommandError, match=told):
        call_command("notifiers", *arguments)
    assert pager.sent == []


def test_the_documentation_says_what_each_needs_and_when_it_may_come_twice(settings):
    settings.IM_NOTIFIERS = list(notifiers.OURS)
    for name in (setting.name for setting in conf.SETTINGS):
        if name.startswith(("IM_EMAIL", "IM_WEBHOOK", "IM_WECHAT", "IM_WEBPUSH", "IM_PUBLIC")):
            setattr(settings, name, "")
    rows = [line.split(" | ") for line in DOCUMENTATION.splitlines() if line.startswith("| `")]
    documented = {cells[0].strip("| `"): cells for cells in rows if len(cells) == 4}
    assert set(documented) == set(notifiers.OURS)
    for name, notifier in notifiers.load().items():
        needed = ", ".join(f"`{problem.removesuffix(' is missing.')}`" for problem in notifier.problems())
        assert notifier.name == name
        assert documented[name][1] == (needed or "nothing")
        assert documented[name][3] == f"{notifier.may_repeat} |"
