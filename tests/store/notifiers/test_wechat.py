"""Reminders by WeChat, against a server that answers as WeChat's interface does."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.db.models import F

from imsite.localservers import free_port
from messages_store.models import WeChatAccount, WeChatToken
from messages_store.notifiers import NotifyError
from messages_store.notifiers.wechat import CHARACTERS, WeChatNotifier, codes
from messages_store.notifiers.wechat.codes import until_midnight
from messages_store.services import wechat

from .peers import HttpPeer, listener, outgoing, silent

pytestmark = pytest.mark.django_db(transaction=True)
APP, SECRET = "wx0123456789abcdef", "0123456789abcdef0123456789abcdef"


class WeChat:
    """Its interface: gives tokens, takes messages for who agreed."""

    def __init__(self, peer: HttpPeer):
        peer.answer = self.answer
        self.number, self.lasts = 1, 7200
        self.asked_tokens: list[bool] = []  # whether by force
        self.messages: list[tuple[str, dict]] = []  # by the path that was taken
        self.says: list[dict] = []  # instead of taking the next messages
        self.slow: threading.Event | None = None  # until then no token is given

    @property
    def token(self) -> str:
        return f"token-{self.number}"

    def answer(self, asked):
        path, query, body = urlsplit(asked.path).path, parse_qs(urlsplit(asked.path).query), json.loads(asked.body)
        said = self.give(body) if path == "/cgi-bin/stable_token" else self.take(path, query, body)
        return 200, {"Content-Type": "application/json"}, json.dumps(said).encode()

    def give(self, body: dict) -> dict:
        force = body.pop("force_refresh")
        self.asked_tokens.append(force)
        if self.slow:
            self.slow.wait(10)
        if body != {"grant_type": "client_credential", "appid": APP, "secret": SECRET}:
            return {"errcode": 40125, "errmsg": "invalid appsecret rid: 1"}
        self.number += force
        return {"access_token": self.token, "expires_in": self.lasts}

    def take(self, path: str, query: dict, body: dict) -> dict:
        if query["access_token"] != [self.token]:
            return {"errcode": 40001, "errmsg": "invalid credential, access_token is invalid or not latest rid: 2"}
        if self.says:
            return self.says.pop(0)
        self.messages.append((path, body))
        return {"errcode": 0, "errmsg": "ok", "msgid": 200163840}


@pytest.fixture
def weixin(settings):
    settings.IM_NOTIFY_SECONDS = 5
    settings.IM_WECHAT_APP_ID, settings.IM_WECHAT_SECRET = APP, SECRET
    settings.IM_WECHAT_KIND, settings.IM_WECHAT_TEMPLATE = "template", "tmpl-1"
    settings.IM_WECHAT_DATA = {
        "thing1": "{summary}",
        "number2": "{messages}",
        "time3": "{oldest}",
        "thing4": "{titles}",
    }
    with HttpPeer() as peer:
        settings.IM_WECHAT_URL = peer.url
        yield WeChat(peer)


@pytest.fixture
def bob(bob):
    wechat.link(user=bob, openid="openid-bob")
    return bob


def remind(user, **fields) -> None:
    WeChatNotifier().notify(outgoing(user, **fields))


def failure(user, **fields) -> NotifyError:
    with pytest.raises(NotifyError) as raised:
        remind(user, **fields)
    return raised.value


def pass_time(seconds: float) -> None:
    """So much later, for the token."""
    WeChatToken.objects.update(expires_at=F("expires_at") - timedelta(seconds=seconds))


# Messages


def test_a_template_message_says_how_much_waits(weixin, bob):
    remind(bob)
    assert weixin.messages == [
        (
            "/cgi-bin/message/template/send",
            {
                "touser": "openid-bob",
                "template_id": "tmpl-1",
                "url": "https://chat.example.com/",
                "client_msg_id": "r-17",
                "data": {
                    "thing1": {"value": "3 messages in 2 con…"},
                    "number2": {"value": "3"},
                    "time3": {"value": "2026-11-22 02:30"},
                    "thing4": {"value": "Order 17, Lunch, Al…"},
                },
            },
        )
    ]


def test_a_message_that_is_subscribed_to_goes_the_other_way(weixin, bob, settings):
    settings.IM_WECHAT_KIND = "subscribe"
    remind(bob, language="zh-hans")
    [(path, message)] = weixin.messages
    assert path == "/cgi-bin/message/subscribe/bizsend"
    assert message["page"] == "https://chat.example.com/"
    assert (message["lang"], message["miniprogram_state"]) == ("zh_CN", "formal")
    assert message["data"]["thing1"] == {"value": "您有 2 个会话中的 3 条消息和 1…"}


def test_no_field_is_longer_than_its_kind_may_be_and_none_is_empty(weixin, bob, settings):
    settings.IM_WECHAT_DATA = {f"{kind}7": "{titles}" for kind in CHARACTERS}
    remind(bob, titles=("long " * 40 + "\r\nBcc",))
    remind(bob, titles=())
    for (_, message), empty in zip(weixin.messages, (False, True), strict=True):
        for field, value in message["data"].items():
            assert 0 < len(value["value"]) <= CHARACTERS[field.rstrip("7")]
            assert (value["value"] == "-") is empty
            assert "\n" not in value["value"]


def test_whoever_is_not_linked_is_not_reminded(weixin, alice):
    assert WeChatNotifier().reaches(alice) is False
    assert failure(alice).permanent is True
    assert (weixin.asked_tokens, weixin.messages) == ([], [])


def test_an_openid_is_one_users(weixin, bob, alice):
    assert WeChatNotifier().reaches(bob) is True
    wechat.link(user=alice, openid="openid-bob")
    assert WeChatNotifier().reaches(bob) is False
    assert WeChatNotifier().reaches(alice) is True


# The access token


def test_many_reminders_share_one_token_over_all_nodes(weixin, bob):
    """Each notifier is a node's."""
    for _ in range(3):
        remind(bob)
    assert (weixin.asked_tokens, len(weixin.messages)) == ([False], 3)


def test_of_many_at_once_one_asks_for_the_token_and_the_others_wait_for_it(weixin, bob):
    weixin.slow = threading.Event()

    def one(_):
        try:
            remind(bob)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        threading.Timer(0.5, weixin.slow.set).start()
        list(pool.map(one, range(4)))
    assert (weixin.asked_tokens, len(weixin.messages)) == ([False], 4)


def test_a_token_is_renewed_before_it_ends(weixin, bob):
    remind(bob)
    pass_time(7200 - 241)
    remind(bob)
    assert weixin.asked_tokens == [False]
    pass_time(2)
    remind(bob)
    assert weixin.asked_tokens == [False, False]
    remind(bob)
    assert weixin.asked_tokens == [False, False]


def test_while_one_renews_the_others_take_the_old_one_as_long_as_it_is_good(weixin, bob):
    remind(bob)
    pass_time(7200 - 100)
    assert wechat.claim_token(app_id=APP, seconds=60, known=weixin.token)
    remind(bob)
    assert (weixin.asked_tokens, len(weixin.messages)) == ([False], 2)


def test_who_died_while_renewing_holds_up_nobody_for_long(weixin, bob):
    assert wechat.claim_token(app_id=APP, seconds=0.3, known="")
    remind(bob)
    assert weixin.asked_tokens == [False]


def test_where_another_node_takes_too_long_it_is_tried_again_soon(weixin, bob, settings):
    settings.IM_NOTIFY_SECONDS = 0.5
    assert wechat.claim_token(app_id=APP, seconds=60, known="")
    error = failure(bob)
    assert (error.permanent, error.retry_after, weixin.asked_tokens) == (False, 5, [])


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_a_token_that_is_not_taken_is_renewed_once_and_the_message_sent_again(weixin, bob, code):
    remind(bob)
    weixin.number += 1  # by somebody else
    remind(bob)
    assert (weixin.asked_tokens, len(weixin.messages)) == ([False, False], 2)
    weixin.says = [{"errcode": code, "errmsg": "no"}]
    remind(bob)
    assert len(weixin.messages) == 3


def test_where_wechat_insists_on_a_token_that_it_does_not_take_a_new_one_is_forced(weixin, bob):
    remind(bob)
    weixin.says = [{"errcode": 42001, "errmsg": "access_token expired"}]
    remind(bob)
    assert weixin.asked_tokens == [False, False, True]
    assert WeChatToken.objects.get().token == "token-2"


def test_a_second_refusal_is_a_failure_that_is_tried_again_later(weixin, bob):
    weixin.says = [{"errcode": 40001, "errmsg": "invalid credential"}] * 2
    error = failure(bob)
    assert error.reason == "WeChat said 40001 invalid credential"
    assert (error.permanent, weixin.messages) == (False, [])


def test_what_another_node_renewed_meanwhile_is_taken(weixin, bob):
    remind(bob)
    weixin.number += 1
    WeChatToken.objects.update(token=weixin.token)
    remind(bob)
    assert weixin.asked_tokens == [False]


def test_a_wrong_secret_is_told_and_not_kept(weixin, bob, settings):
    settings.IM_WECHAT_SECRET = "0" * 32
    assert failure(bob).reason == "WeChat said 40125 invalid appsecret rid: 1"
    assert "0" * 32 not in failure(bob).reason
    settings.IM_WECHAT_SECRET = SECRET
    remind(bob)
    assert len(weixin.messages) == 1


# What it says


def test_whoever_refuses_is_left_alone_until_linked_anew(weixin, bob):
    weixin.says = [{"errcode": 43101, "errmsg": "user refuse to accept the msg"}]
    error = failure(bob)
    assert (error.permanent, "refuses" in error.reason) == (True, True)
    assert WeChatNotifier().reaches(bob) is False
    assert failure(bob).permanent is True
    assert weixin.messages == []
    wechat.link(user=bob, openid="openid-bob")
    remind(bob)
    assert len(weixin.messages) == 1


def test_a_refusal_of_another_openid_is_not_of_this_one(weixin, bob):
    wechat.refuse(user_id=bob.pk, openid="openid-earlier")
    assert WeChatAccount.objects.get().refused_at is None


def test_a_day_that_is_used_up_ends_at_midnight_in_beijing(weixin, bob, monkeypatch):
    weixin.says = [{"errcode": 45009, "errmsg": "reach max api daily quota limit"}]
    monkeypatch.setattr(codes, "until_midnight", lambda now: 3600.0)
    error = failure(bob)
    assert error.permanent is False
    assert 3600 <= error.retry_after < 3600 + codes.SPREAD


@pytest.mark.parametrize(
    ("now", "seconds"),
    [
        (datetime(2026, 11, 21, 15, 59, 30, tzinfo=UTC), 30),
        (datetime(2026, 11, 21, 16, 0, tzinfo=UTC), 86_400),
        (datetime(2026, 12, 31, 4, 0, tzinfo=UTC), 12 * 3600),
    ],
)
def test_midnight_is_beijings(now, seconds):
    assert until_midnight(now) == seconds


def test_what_waits_for_midnight_does_not_come_in_one_second():
    waits = {codes.failure({"errcode": 45009}, spread=number).retry_after // 1 for number in range(0, 600, 50)}
    assert len(waits) == 12


@pytest.mark.parametrize(
    ("code", "permanent", "retry_after"),
    [
        (45011, False, 60),
        (-1, False, None),
        (40037, False, None),
        (48001, False, None),
        (43004, True, None),
        (40003, True, None),
        (47003, True, None),
    ],
)
def test_every_other_code_is_told_and_tried_again_unless_it_never_will(weixin, bob, code, permanent, retry_after):
    weixin.says = [{"errcode": code, "errmsg": "why"}]
    error = failure(bob)
    assert error.reason.startswith(f"WeChat said {code} why")
    assert (error.permanent, error.retry_after) == (permanent, retry_after)
    assert WeChatNotifier().reaches(bob) is True


@pytest.mark.parametrize("said", [(502, b"bad gateway"), (200, b"<html>"), (200, b"[]"), (200, b"{}")])
def test_an_answer_that_is_none_is_tried_again(settings, weixin, bob, said):
    remind(bob)
    with HttpPeer() as peer:
        settings.IM_WECHAT_URL = peer.url
        peer.answer = lambda asked: (said[0], {}, said[1])
        assert failure(bob).permanent is False


def test_a_dead_or_silent_server_is_left_in_time(settings, weixin, bob):
    settings.IM_NOTIFY_SECONDS = 0.5
    settings.IM_WECHAT_URL = f"http://localhost:{free_port()}"
    assert "refused" in failure(bob).reason
    with listener(silent) as port:
        settings.IM_WECHAT_URL = f"http://localhost:{port}"
        assert "no answer within" in failure(bob).reason


def test_what_is_missing_is_told(settings, weixin):
    assert WeChatNotifier().problems() == []
    settings.IM_WECHAT_SECRET, settings.IM_WECHAT_DATA = "", {}
    assert WeChatNotifier().problems() == ["IM_WECHAT_SECRET is missing.", "IM_WECHAT_DATA is missing."]
