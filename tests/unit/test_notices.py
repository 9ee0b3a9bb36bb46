"""What may be told at all, before the database is asked."""

from dataclasses import replace

import pytest

from messages_store.drafts import LARGEST_ID
from messages_store.errors import Invalid, TooLarge
from messages_store.notices import MOST_CONVERSATIONS, MOST_USERS, Notice, check, check_key

GOOD = Notice(title="Lunch", body="It is ready.", users=("alice", 7))


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"body": ""},
        {"title": "x" * 200},
        {"title": "午餐 😀 'quoted' <b>"},
        {"body": "two\nlines\tand a tab"},
        {"users": (), "conversations": (3,)},
        {"users": (), "everyone": True},
        {"users": tuple(range(1, MOST_USERS + 1))},
        {"level": "urgent"},
        {"data": {"order": 17, "parts": [1, 2.5, None]}},
        {"data": {"a": "x" * (8_192 - 8)}},
    ],
)
def test_a_notice_that_can_be_stored_passes(fields):
    check(replace(GOOD, **fields))


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"users": ()}, Invalid),
        ({"everyone": True}, Invalid),
        ({"conversations": (3,)}, Invalid),
        ({"users": (0,)}, Invalid),
        ({"users": (LARGEST_ID + 1,)}, Invalid),
        ({"users": ("",)}, Invalid),
        ({"users": ("a\0b",)}, Invalid),
        ({"users": ("\ud800",)}, Invalid),
        ({"users": ("x" * 151,)}, Invalid),
        ({"users": (), "conversations": (-1,)}, Invalid),
        ({"users": (1,) * (MOST_USERS + 1)}, TooLarge),
        ({"users": (), "conversations": (1,) * (MOST_CONVERSATIONS + 1)}, TooLarge),
        ({"title": ""}, Invalid),
        ({"title": " \u3000"}, Invalid),
        ({"title": "x" * 201}, TooLarge),
        ({"title": "two\nlines"}, Invalid),
        ({"title": "a\0b"}, Invalid),
        ({"title": "\ud83d"}, Invalid),
        ({"body": "x" * 20_001}, TooLarge),
        ({"body": "a\0b"}, Invalid),
        ({"level": "fatal"}, Invalid),
        ({"level": ""}, Invalid),
        ({"data": {"a": "x" * (8_193 - 8)}}, TooLarge),
        ({"data": {"a": "\0"}}, Invalid),
        ({"data": {"a": float("nan")}}, Invalid),
    ],
)
def test_a_notice_that_cannot_is_refused(fields, error):
    with pytest.raises(error):
        check(replace(GOOD, **fields))


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "http://example.com:8080/a/b?c=d&e=%20#f",
        "HTTPS://Example.COM/",
        "https://[2001:db8::1]/x",
        "https://例え.jp/道?問=答",
        "/",
        "/orders/17?tab=notes#last",
        "/a//b",
        "/@alice",
        "/" + "x" * 1_999,
    ],
)
def test_a_link_leads_to_the_web_or_into_the_site(url):
    check(replace(GOOD, url=url))


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        " javascript:alert(1)",
        "\x01javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "ftp://example.com/",
        "mailto:alice@example.com",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/a\\b",
        "https:\\\\evil.example",
        "https:/evil.example",
        "https:evil.example",
        "https://",
        "https:///path",
        "https://:80/",
        "https://example.com:port/",
        "https://example.com:99999/",
        "https://[half/",
        "https://example.com@evil.example/",
        "https://alice:secret@example.com/",
        "https://exa mple.com/",
        "https://example.com/\x85",
        "https://example.com/\u2028",
        "https://example.com/\ud800",
        "orders/17",
        "?a=b",
        "#x",
        ".",
        "example.com",
    ],
)
def test_any_other_link_is_refused(url):
    with pytest.raises(Invalid):
        check(replace(GOOD, url=url))


def test_a_link_is_not_endless():
    with pytest.raises(TooLarge):
        check(replace(GOOD, url="/" + "x" * 2_000))


@pytest.mark.parametrize("key", ["a", "x" * 200, "8f14e45f-ceea-467f-a6b4-1b0f2b1c9d3e", "!~"])
def test_a_key_is_printable(key):
    check_key(key)


@pytest.mark.parametrize("key", ["", "x" * 201, "two words", "schlüssel", "a\n", "a\0"])
def test_any_other_key_is_refused(key):
    with pytest.raises(Invalid):
        check_key(key)


def test_a_digest_does_not_depend_on_the_order_of_names():
    assert replace(GOOD, users=(7, "alice", 7)).digest() == GOOD.digest()


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "lunch"},
        {"body": ""},
        {"url": "/"},
        {"level": "error"},
        {"data": {}},
        {"users": ("alice", 8)},
        {"users": ("alice", "7")},
        {"users": (), "conversations": (7,)},
        {"users": (), "everyone": True},
    ],
)
def test_a_digest_depends_on_everything_else(fields):
    assert replace(GOOD, **fields).digest() != GOOD.digest()
