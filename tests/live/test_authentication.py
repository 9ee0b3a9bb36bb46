"""Who may open a socket: by token, by session from one of our pages, and nobody else."""

import asyncio
from importlib import import_module

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import OperationalError

from chat import authentication
from messages_store.models import User
from messages_store.services import resuming

from .conftest import signed

OURS = (b"origin", b"http://testserver")


def session_of(user) -> str:
    """The key of a session as signing in makes it."""
    session = import_module(django_settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = django_settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return session.session_key


def cookie(key: str) -> tuple[bytes, bytes]:
    return b"cookie", f"theme=dark; {django_settings.SESSION_COOKIE_NAME}={key}".encode("latin1")


@pytest.fixture
def session(alice) -> str:
    """Alice is signed in in her browser."""
    return session_of(alice)


async def test_a_token_signs_in(alice, knock):
    device = await knock(signed(alice))
    assert (await device.hello())["user"]["id"] == alice.pk


async def test_a_token_needs_no_origin_and_no_particular_one(alice, knock):
    device = await knock([*signed(alice), (b"origin", b"https://elsewhere.example")])
    assert (await device.hello())["user"]["id"] == alice.pk


async def test_a_session_signs_in_from_our_own_page(alice, session, knock):
    device = await knock([cookie(session), OURS])
    assert (await device.hello())["user"] == {"id": alice.pk, "name": "Alice", "kind": "user"}


async def test_a_session_signs_in_from_a_trusted_origin(alice, session, knock, settings):
    settings.CSRF_TRUSTED_ORIGINS = ["https://shop.example"]
    device = await knock([cookie(session), (b"origin", b"https://shop.example")])
    assert (await device.hello())["user"]["id"] == alice.pk


@pytest.mark.parametrize(
    "origin",
    [
        b"http://evil.example",
        b"http://testserver.evil.example",
        b"http://testserver:8080",
        b"http://testserver@evil.example",
        b"ftp://testserver",
        b"testserver",
        b"null",
        b"",
        b"http://[",
        b"http://testserver:port",
        b"\xff\xfe",
        None,
    ],
)
async def test_a_session_from_elsewhere_is_refused_before_the_upgrade(session, knock, origin):
    headers = [cookie(session)] if origin is None else [cookie(session), (b"origin", origin)]
    assert await knock(headers) is None


async def test_a_host_that_is_not_ours_is_no_origin_of_ours(session, knock):
    headers = [cookie(session), (b"host", b"evil.example"), (b"origin", b"http://evil.example")]
    assert await knock(headers) is None


async def test_where_cookies_are_secure_the_page_must_be_too(session, knock, settings):
    settings.SESSION_COOKIE_SECURE = True
    assert await knock([cookie(session), OURS]) is None
    device = await knock([cookie(session), (b"origin", b"https://testserver")])
    await device.hello()


async def test_nobody_is_told_not_to_come_back(knock, db):
    device = await knock()
    bye = await device.said_bye()
    assert bye["code"] == 4501
    assert bye["reconnect_after"] is None


@pytest.mark.parametrize(
    "authorization",
    [
        b"Token ",
        b"Token",
        b"Token unknown",
        b"Bearer x",
        b"Token \xff\xfe\x00",
        b"token " + b"x" * 10_000,
        b"Basic YWxpY2U6YWxpY2U=",
        b"",
        b"\x00",
    ],
)
async def test_what_is_no_token_signs_nobody_in(alice, knock, authorization):
    device = await knock([(b"authorization", authorization)])
    assert await device.closed() == 4501


@pytest.mark.parametrize(
    "value",
    [
        b"sessionid=unknown0unknown0unknown0",
        b"sessionid=",
        b"sessionid=\xff\xfe",
        b'sessionid="\\000\\000\\000\\000\\000\\000\\000\\000\\000"',
        b'sessionid="\\377unterminated',
        b"sessionid=" + b"x" * 10_000,
        b";;;===;;",
        b"\x00",
        b"sessionid=../../../etc/passwd",
    ],
)
async def test_what_is_no_session_signs_nobody_in(alice, knock, value):
    device = await knock([(b"cookie", value), OURS])
    assert await device.closed() == 4501


async def test_a_session_that_was_tampered_with_signs_nobody_in(session, knock, store, caplog):
    await store(Session.objects.update, session_data="tampered:with:this")
    device = await knock([cookie(session), OURS])
    assert await device.closed() == 4501


async def test_a_session_of_before_the_new_password_is_over(alice, session, knock, store):
    def change():
        alice.set_password("new")
        alice.save()

    await store(change)
    device = await knock([cookie(session), OURS])
    assert await device.closed() == 4501


@pytest.mark.parametrize("by", ["token", "session"])
async def test_who_was_disabled_is_nobody(alice, session, knock, store, by):
    await store(User.objects.update, is_active=False)
    device = await knock(signed(alice) if by == "token" else [cookie(session), OURS])
    assert await device.closed() == 4501


async def test_a_rotated_secret_signs_nobody_out(alice, session, knock, store, settings):
    """The session stays as it is: whether and when it is renewed is for the pages to decide."""
    before = await store(lambda: list(Session.objects.values()))
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-secret-of-the-same-deployment-after-it-was-rotated"
    device = await knock([cookie(session), OURS])
    assert (await device.hello())["user"]["id"] == alice.pk
    assert await store(lambda: list(Session.objects.values())) == before


async def test_a_secret_that_is_gone_ends_its_sessions(session, knock, settings):
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-secret-that-nobody-used-here-before-ever", []
    device = await knock([cookie(session), OURS])
    assert await device.closed() == 4501


async def test_a_user_id_in_the_address_says_nothing(alice, bob, knock):
    path = f"/ws/v1/?user={bob.pk}&user_id={bob.pk}&token={bob.key}"
    assert await (await knock(path=path)).closed() == 4501
    device = await knock(signed(alice), path=path)
    assert (await device.hello())["user"]["id"] == alice.pk


async def test_the_token_wins_over_the_session(alice, bob, session, knock):
    device = await knock([*signed(bob), cookie(session)])
    assert (await device.hello())["user"]["id"] == bob.pk


async def test_without_the_store_a_device_is_told_to_come_back(alice, knock, monkeypatch):
    def gone(**_keys):
        raise OperationalError("gone")

    monkeypatch.setattr(authentication, "by_tokens", gone)
    device = await knock(signed(alice))
    assert (await device.said_bye())["code"] == 4001


async def test_a_store_that_is_gone_at_the_hello(alice, knock, monkeypatch):
    def gone(**_arguments):
        raise OperationalError("gone")

    monkeypatch.setattr(resuming, "standings", gone)
    device = await knock(signed(alice))
    await device.send({"type": "hello"})
    assert await device.closed() == 4001


async def test_a_draining_node_takes_nobody(alice, knock, node):
    node.draining = True
    device = await knock(signed(alice))
    assert await device.closed() == 4000
    node.draining = False


async def test_whoever_has_not_said_hello_hears_that_the_node_stops(alice, knock, start_node):
    node = start_node("stopping")
    device = await knock(signed(alice), at=node)
    await device.send({"type": "ping"})
    await device.expect_error("invalid")  # it is waiting for the hello now
    stopping = asyncio.create_task(node.stop(within=5))
    assert await device.closed() == 4000
    await stopping
