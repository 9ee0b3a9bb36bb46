"""How many calls a minute, and what the answers tell of it."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client

from messages_store import counting
from messages_store.conf import networks
from messages_store.models import Token
from messages_store.services import tokens

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(settings):
    """Three calls a minute for everybody."""
    settings.IM_REQUESTS_PER_MINUTE = settings.IM_TOKEN_REQUESTS_PER_MINUTE = 3
    settings.IM_STRANGER_REQUESTS_PER_MINUTE = 3


def call(user=None, *, key="", path="me", method="get", **extra):
    client = Client()
    if user is not None:
        client.force_login(user)
    headers = {"Authorization": f"Token {key}"} if key else {}
    return getattr(client, method)(f"/api/v1/{path}", headers=headers, **extra)


def statuses(times, *args, **keywords) -> list[int]:
    return [call(*args, **keywords).status_code for _ in range(times)]


def test_answers_tell_the_limit_and_what_is_left(alice, three):
    answers = [call(alice) for _ in range(4)]
    assert {answer["RateLimit-Policy"] for answer in answers} == {'"user";q=3;w=60'}
    assert [answer["RateLimit"] for answer in answers] == [f'"user";r={left};t=50' for left in (2, 1, 0, 0)]


def test_who_was_refused_is_told_when_to_come_again(alice, three):
    *_, refused = [call(alice) for _ in range(4)]
    assert refused.status_code == 429
    assert refused.json()["code"] == "rate_limited"
    assert 50 <= int(refused["Retry-After"]) <= 53


def test_it_is_counted_per_user(alice, bob, three):
    assert statuses(4, alice) == [200, 200, 200, 429]
    assert call(bob).status_code == 200


def test_each_token_counts_alone(alice, three):
    other = tokens.issue(user=alice)
    assert statuses(4, key=alice.key) == [200, 200, 200, 429]
    assert call(key=alice.key)["RateLimit-Policy"] == '"token";q=3;w=60'
    assert call(key=other).status_code == 200
    assert call(alice).status_code == 200


def test_nobody_is_counted_by_address(three):
    assert statuses(4) == [401, 401, 401, 429]
    assert call(REMOTE_ADDR="192.0.2.7").status_code == 401


def test_wrong_tokens_are_counted_by_address(three):
    assert [call(key=f"guess{n}").status_code for n in range(4)] == [401, 401, 401, 429]


def test_only_a_trusted_proxy_says_where_a_call_comes_from(three, settings):
    spoofed = [call(HTTP_X_FORWARDED_FOR=f"192.0.2.{n}").status_code for n in range(4)]
    assert spoofed == [401, 401, 401, 429]
    settings.IM_TRUSTED_PROXIES = networks("127.0.0.1/32")
    assert call(HTTP_X_FORWARDED_FOR="192.0.2.9").status_code == 401


def test_a_token_without_the_scope_is_counted_too(alice, three):
    Token.objects.update(scopes=["inbox:read"])
    assert statuses(4, key=alice.key, path="conversations") == [403, 403, 403, 429]


def test_a_missing_csrf_token_is_counted_too(alice, three):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert [client.post("/api/v1/tickets").status_code for _ in range(4)] == [403, 403, 403, 429]


def test_a_call_is_counted_once_however_it_fails(alice, three):
    answers = [call(alice, path="conversations?limit=x"), call(alice, path="no/such"), call(alice, method="delete")]
    assert [answer.status_code for answer in answers] == [400, 404, 405]
    assert [re.search(r"r=(\d)", answer["RateLimit"])[1] for answer in answers] == ["2", "1", "0"]


def test_0_is_no_limit(alice, settings):
    settings.IM_REQUESTS_PER_MINUTE = 0
    answer = call(alice)
    assert "RateLimit" not in answer
    assert answer.status_code == 200


def test_the_schema_and_its_page_count_for_strangers(three):
    assert statuses(4, path="schema/") == [200, 200, 200, 429]


def test_pages_are_not_counted(alice, three):
    client = Client()
    client.force_login(alice)
    assert [client.get("/").status_code for _ in range(10)] == [200] * 10
    assert call(alice)["RateLimit"] == '"user";r=2;t=50'


@pytest.mark.django_db(transaction=True)
def test_files_are_not_counted(three):
    for _ in range(10):
        file = Client().get("/static/chat/style.css")
        assert file.status_code == 200
        file.close()  # and the connection to the database with it
    assert call()["RateLimit"] == '"address";r=2;t=50'


def test_a_counter_that_fails_refuses_nobody(alice, monkeypatch):
    monkeypatch.setattr(counting.counter().shared, "incr", lambda key: 1 / 0)
    assert call(alice).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_exactly_so_many_of_those_who_come_at_once(alice, settings):
    settings.IM_TOKEN_REQUESTS_PER_MINUTE = 30

    def come(_):
        try:
            return call(key=alice.key).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(come, range(60)))
    assert (found.count(200), found.count(429)) == (30, 30)
