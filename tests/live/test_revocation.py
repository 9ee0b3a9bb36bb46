"""Who is signed out is out everywhere, whatever way that came about; and nobody else is."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import get_user, update_session_auth_hash
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection
from django.http import HttpRequest
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat import revocation
from chat.services.proofs import look_again
from messages_store.models import SignIn, Token, User
from messages_store.services import sessions, sign_ins, tokens

from .conftest import Device, eventually
from .test_authentication import OURS, cookie, session_of

SIGNED_OUT = 4502


def request_with(session_key: str) -> HttpRequest:
    request = HttpRequest()
    request.session = import_module(django_settings.SESSION_ENGINE).SessionStore(session_key)
    return request


@pytest.fixture
def in_browser(knock, store):
    """Connect in a browser that is signed in: the device, with its session's key."""

    async def in_browser(user, at=None) -> Device:
        session_key = await store(session_of, user)
        device = await knock([cookie(session_key), OURS], at=at)
        await device.hello()
        device.session_key = session_key
        return device

    return in_browser


async def look(*nodes) -> None:
    """Every node's look, once more and to its end."""
    for node in nodes:
        await node._revocation.look(node.connections())


async def still_there(*devices: Device) -> None:
    for device in devices:
        assert await device.pong() == []


async def test_signing_out_closes_the_sockets_of_that_session(alice, in_browser, connect, other_node, store):
    here, there, another = await in_browser(alice), await in_browser(alice, other_node), await connect(alice)

    def sign_out():
        client = Client()
        client.cookies[django_settings.SESSION_COOKIE_NAME] = here.session_key
        assert client.post("/sign-out/").status_code == 302

    await store(sign_out)
    bye = await here.said_bye()
    assert bye["code"] == SIGNED_OUT
    assert bye["reconnect_after"] is None
    await look(other_node)
    await still_there(there, another)


async def test_it_closes_them_on_every_node(alice, bob, connect, knock, other_node, store):
    session_key = await store(session_of, alice)
    devices = [await knock([cookie(session_key), OURS], at=at) for at in (None, other_node)]
    for device in devices:
        await device.hello()
    neighbour = await connect(bob, other_node)
    await store(Session.objects.all().delete)
    assert [await device.closed() for device in devices] == [SIGNED_OUT] * 2
    await still_there(neighbour)


async def test_a_session_that_expires_is_over(alice, in_browser, store):
    a = await in_browser(alice)
    await store(Session.objects.update, expire_date=timezone.now())
    assert await a.closed() == SIGNED_OUT


async def test_a_deleted_token_closes_its_own_sockets_only(alice, knock, connect, in_browser, node, store):
    lost = await store(lambda: tokens.issue(user=alice))
    a = await knock([(b"authorization", f"Token {lost}".encode())])
    await a.hello()
    another, browser = await connect(alice), await in_browser(alice)
    await store(lambda: Token.objects.filter(pk=tokens.digest(lost)).delete())
    assert await a.closed() == SIGNED_OUT
    await look(node)
    await still_there(another, browser)


async def test_a_token_whose_time_is_over_closes_its_sockets(alice, knock, connect, node, store):
    limited = await store(lambda: tokens.issue(user=alice, expires_at=timezone.now() + timedelta(hours=1)))
    a = await knock([(b"authorization", f"Token {limited}".encode())])
    await a.hello()
    another = await connect(alice)
    await look(node)
    await still_there(a, another)
    await store(lambda: Token.objects.filter(pk=tokens.digest(limited)).update(expires_at=timezone.now()))
    assert await a.closed() == SIGNED_OUT
    await look(node)
    await still_there(another)


@pytest.mark.parametrize("how", ["deactivated", "deleted"])
async def test_who_is_no_user_any_more_has_no_socket(alice, bob, connect, in_browser, other_node, store, how):
    devices = [await connect(alice), await connect(alice, other_node), await in_browser(alice)]
    neighbour = await connect(bob)
    user = User.objects.filter(pk=alice.pk)
    await store(lambda: user.update(is_active=False) if how == "deactivated" else user.delete())
    assert [await device.closed() for device in devices] == [SIGNED_OUT] * 3
    await still_there(neighbour)


async def test_a_new_password_ends_the_sessions_of_the_old_one(alice, bob, in_browser, connect, node, store):
    a, b, program = await in_browser(alice), await in_browser(bob), await connect(alice)

    def change():  # as the admin, the shell and SQL do
        alice.set_password("new")
        User.objects.filter(pk=alice.pk).update(password=alice.password)

    await store(change)
    assert await a.closed() == SIGNED_OUT
    await look(node)
    await still_there(b, program)  # a token does not depend on a password


async def test_who_changes_the_own_password_stays_here_and_is_out_elsewhere(alice, in_browser, node, store):
    here, elsewhere = await in_browser(alice), await in_browser(alice)

    def change():
        request = request_with(here.session_key)
        request.user = get_user(request)
        request.user.set_password("new")
        request.user.save()
        update_session_auth_hash(request, request.user)
        request.session.save()
        return request.session.session_key

    new_key = await store(change)
    assert new_key != here.session_key
    assert await elsewhere.closed() == SIGNED_OUT
    await look(node)
    await still_there(here)
    await store(lambda: request_with(new_key).session.delete())
    assert await here.closed() == SIGNED_OUT


@pytest.mark.usefixtures("never_look")
async def test_between_the_new_password_and_the_new_session_nobody_is_out(alice, in_browser, node, store, monkeypatch):
    """The two are written one after the other, and a node may look in between."""
    a = await in_browser(alice)
    request = request_with(a.session_key)

    def first_half():
        request.user = get_user(request)
        request.user.set_password("new")
        request.user.save()

    def second_half():
        update_session_auth_hash(request, request.user)
        request.session.save()

    async def meanwhile(_seconds):
        await store(second_half)

    await store(first_half)
    doubtful = await node._revocation._doubtful(node.connections())
    assert len(doubtful) == 1
    monkeypatch.setattr("chat.revocation.asyncio.sleep", meanwhile)
    await look(node)
    monkeypatch.undo()
    await still_there(a)


async def test_a_rotated_secret_signs_nobody_out(alice, in_browser, node, store, settings):
    """Django gives the session a new key on its first use under the new secret. The socket follows, more than once."""
    a = await in_browser(alice)
    key = a.session_key
    for number in range(3):
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
        settings.SECRET_KEY = f"another-secret-of-the-same-deployment-after-it-was-rotated-{number}"
        await look(node)

        def use(key=key):
            request = request_with(key)
            assert get_user(request).pk == alice.pk
            request.session.save()
            return request.session.session_key

        before, key = key, await store(use)
        assert key != before
        if number:
            await look(node)
    await look(node)
    await still_there(a)
    await store(lambda: request_with(key).session.flush())
    assert await a.closed() == SIGNED_OUT


async def test_the_word_that_a_session_leaves_signs_nobody_in(alice, in_browser, knock, store):
    a = await in_browser(alice)
    await store(lambda: request_with(a.session_key).session.cycle_key())
    for key in (a.session_key, sessions.forwarding_key(a.session_key)):
        assert await (await knock([cookie(key), OURS])).closed() == 4501


async def test_sessions_that_are_in_no_table_are_asked_one_by_one(alice, in_browser, node, store, settings, tmp_path):
    settings.SESSION_ENGINE, settings.SESSION_FILE_PATH = "django.contrib.sessions.backends.file", str(tmp_path)
    a, b = await in_browser(alice), await in_browser(alice)
    await look(node)
    await still_there(a, b)
    await store(lambda: request_with(a.session_key).session.flush())
    assert await a.closed() == SIGNED_OUT
    await still_there(b)


async def test_a_look_costs_three_queries_whoever_is_connected(alice, bob, in_browser, connect, node, store):
    for user in (alice, bob):
        for _ in range(3):
            await in_browser(user)
            await connect(user)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert look_again(proofs={one.proof for one in node.connections()}) == {}
        return len(captured)

    await store(queries)  # which notes that the tokens are used
    assert await store(queries) == 3


@pytest.mark.usefixtures("never_look")
async def test_who_came_and_went_between_two_looks_has_used_the_token(alice, connect, node, store):
    """Without a write of its own for each connection."""

    def used() -> list:
        return list(Token.objects.filter(user=alice).values_list("last_used_at", flat=True))

    for _ in range(3):
        await (await connect(alice)).leave()
    await eventually(lambda: not node.connections())
    assert await store(used) == [None]
    await look(node)
    [first] = await store(used)
    assert first is not None
    await (await connect(alice)).leave()
    await eventually(lambda: not node.connections())
    await look(node)
    assert await store(used) == [first]


async def test_a_store_that_is_away_signs_nobody_out(alice, in_browser, node, store, monkeypatch, caplog):
    a = await in_browser(alice)
    calls = []

    def gone(**_):
        calls.append(1)
        raise OperationalError("gone")

    monkeypatch.setattr(revocation, "look_again", gone)
    await eventually(lambda: len(calls) > 3)
    await still_there(a)


async def test_what_signed_in_is_not_shown(alice, in_browser, node):
    a = await in_browser(alice)
    (connection,) = node.connections()
    assert a.session_key not in repr(connection.proof)


@pytest.mark.usefixtures("never_look")
async def test_a_socket_is_a_sign_of_life_of_its_session(alice, in_browser, connect, node, store):
    """Who only listens asks for no page. Noted every five minutes."""
    a, b = await in_browser(alice), await in_browser(alice)
    await connect(alice)  # by a token
    long_ago = timezone.now() - timedelta(hours=1)

    def note():
        for device in (a, b):
            sign_ins.note(user_id=alice.pk, session_key=device.session_key)
        SignIn.objects.update(seen_at=long_ago)

    async def seen() -> list[bool]:
        return await store(lambda: [found.seen_at > long_ago for found in SignIn.objects.order_by("pk")])

    await store(note)
    await look(node)
    assert await seen() == [False, False]
    node._revocation._see_at = 0.0  # five minutes later
    await look(node)
    assert await seen() == [True, True]
