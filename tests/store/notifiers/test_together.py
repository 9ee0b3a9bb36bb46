"""All notifiers at once, each against its server, as a worker calls them."""

import base64
import json
import re
import secrets
import time
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from imsite.localservers import free_port
from messages_store import notifiers
from messages_store.models import Reminder
from messages_store.notifiers.outbound import Outbound
from messages_store.reminders import Reminders
from messages_store.services import push_subscriptions, wechat
from messages_store.services.conversations import open_direct
from tests.store.at_once import patient  # noqa: F401 (a fixture for all of these)
from tests.store.look import drafts, say
from tests.store.moved import later

from .peers import HttpPeer, certified, listener, silent
from .test_email import mail_server
from .test_webpush import Browser
from .test_wechat import APP, SECRET, WeChat

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 30  # seconds
ALL = ["log", "email", "webhook", "wechat", "webpush"]


@pytest.fixture(autouse=True)
def configured(settings, trusted):
    settings.IM_NOTIFIERS = ALL
    settings.IM_NOTIFY_SECONDS = 3
    settings.IM_EMAIL_FROM = "chat@example.com"
    settings.IM_WEBHOOK_SECRET = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    settings.IM_WEBHOOK_PRIVATE = True
    settings.IM_WECHAT_APP_ID, settings.IM_WECHAT_SECRET = APP, SECRET
    settings.IM_WECHAT_KIND, settings.IM_WECHAT_TEMPLATE = "template", "tmpl-1"
    settings.IM_WECHAT_DATA = {"thing1": "{summary}"}
    settings.IM_WEBPUSH_KEY, settings.IM_WEBPUSH_CONTACT = secrets.token_urlsafe(32), "mailto:admin@example.com"
    notifiers._loaded.cache_clear()
    notifiers.load()["webpush"].http = Outbound(private=True)  # the push service of the test is on this machine
    yield
    notifiers._loaded.cache_clear()


@pytest.fixture
def servers(settings, authority):
    """A mail server, a receiver of webhooks, WeChat, and a push service, all well."""
    with (
        mail_server(settings) as mails,
        HttpPeer() as hooks,
        HttpPeer() as api,
        HttpPeer(certified(authority)) as pushes,
    ):
        settings.IM_WEBHOOK_URL, settings.IM_WECHAT_URL = hooks.url, api.url
        yield mails, hooks, WeChat(api), pushes


@pytest.fixture
def waiting(alice, bob, servers):
    """Bob, whom every notifier reaches, and for whom something has waited long enough."""
    bob.email = "bob@example.com"
    bob.save()
    wechat.link(user=bob, openid="openid-bob")
    bob.browser = Browser(servers[3].url)
    bob.browser.subscribe(bob)
    say(*drafts(alice, open_direct(user_id=alice.pk, other_id=bob.pk), 2))
    later(seconds=11)
    return bob


@pytest.fixture
def remind():
    """remind(): until every reminder of Bob's was tried."""
    reminders = Reminders()

    def step() -> dict[str, Reminder]:
        deadline = time.monotonic() + PATIENCE
        while True:
            reminders.step()
            found = {one.notifier: one for one in Reminder.objects.filter(number=1)}
            if set(found) == set(ALL) and all(one.attempts and not one.claim for one in found.values()):
                return found
            assert time.monotonic() < deadline, found
            time.sleep(0.02)

    yield step
    reminders.stop(within=5)


def test_each_reminds_once_with_the_id_of_its_reminder(servers, waiting, remind):
    mails, hooks, weixin, pushes = servers
    found = remind()
    assert {one.outcome for one in found.values()} == {"sent"}
    keys = {name: str(one.key) for name, one in found.items()}
    assert mails.mail()["Message-ID"] == f"<{keys['email']}@example.com>"
    assert "2 messages in 1 conversation" in mails.mail()["Subject"]
    assert [asked.headers["webhook-id"] for asked in hooks.asked] == [keys["webhook"]]
    assert [message["client_msg_id"] for _, message in weixin.messages] == [keys["wechat"]]
    assert [waiting.browser.open(asked.body)["id"] for asked in pushes.asked] == [keys["webpush"]]


def test_what_is_broken_holds_up_no_other_and_all_is_written_down(servers, waiting, remind, settings):
    """A dead mail server, a webhook that hangs, and WeChat whose day is used up."""
    *_, weixin, pushes = servers
    settings.IM_EMAIL_URL = {"host": "localhost", "port": free_port()}
    weixin.says = [{"errcode": 45009, "errmsg": "reach max api daily quota limit"}]
    with listener(silent) as port:
        settings.IM_WEBHOOK_URL = f"http://localhost:{port}/"
        found = remind()
    assert {name: one.outcome for name, one in found.items()} == {
        "log": "sent",
        "webpush": "sent",
        "email": "waiting",
        "webhook": "waiting",
        "wechat": "waiting",
    }
    assert "Connection refused" in found["email"].error
    assert "no answer within" in found["webhook"].error
    assert "45009" in found["wechat"].error
    assert found["wechat"].next_at - timezone.now() <= timedelta(days=1)
    assert len(pushes.asked) == 1


def test_the_link_in_the_mail_ends_the_mails_and_nothing_else(servers, waiting, remind):
    mails, hooks, *_ = servers
    remind()
    [link] = re.findall(r"<https://chat\.example\.com(/unsubscribe/[^>]+)>", mails.mail()["List-Unsubscribe"])
    assert Client(enforce_csrf_checks=True).post(link, {"List-Unsubscribe": "One-Click"}).status_code == 200
    later(hours=2)
    reminders = Reminders()
    deadline = time.monotonic() + PATIENCE
    while len(hooks.asked) < 2 or Reminder.objects.filter(number=2, outcome="waiting").exists():
        reminders.step()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    reminders.stop(within=5)
    assert len(mails.envelopes) == 1
    assert json.loads(hooks.asked[1].body)["data"]["number"] == 2
    assert Reminder.objects.get(notifier="email", number=2).outcome == "cancelled"


def test_who_is_not_reached_is_not_reminded_that_way(servers, waiting, alice):
    known = notifiers.load()
    push_subscriptions.unsubscribe(user_id=waiting.pk, subscription_id=push_subscriptions.of(user_id=waiting.pk)[0].pk)
    assert [name for name, one in known.items() if one.reaches(waiting)] == ["log", "email", "webhook", "wechat"]
    assert [name for name, one in known.items() if one.reaches(alice)] == ["log", "webhook"]
