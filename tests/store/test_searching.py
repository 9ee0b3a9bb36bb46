"""Search: what finds what, the same on both bases; where one may look; pages; and that the index is what finds it."""

import pytest
from django.db import connection
from django.utils import timezone

from messages_store.changes import Edit, Recall
from messages_store.errors import Invalid, NoSuchConversation
from messages_store.models import Message
from messages_store.services import editing, groups, searching

from .look import say

pytestmark = pytest.mark.django_db

SAID = {
    "report": "The Quarterly report is late.",
    "reporter": "A REPORTER called: quarterly, yearly",
    "car": "A red car",
    "cars": "two cars, both red",
    "meeting": "我们明天下午开会议吧，三点。",
    "room": "会议室在二楼",
    "apart": "大会不议论",
    "mixed": "iPhone15手机壳 v2",
    "kana": "ラーメンを食べたい",
    "hangul": "회의는 내일입니다",
    "address": "write to bob.smith@example.com or see https://example.com/a/b_c?d=1",
    "number": "call +49 30 123-456, 3.5 km",
    "accent": "Über den Wolken, Été",
    "cyrillic": "Привет, мир",
    "emoji": "lunch👍soon",
    "quote": "don't “panic”",
    "wide": "ＡＢＣ！会",
}


@pytest.fixture
def said(alice, direct, draft):
    outcomes = say(*(draft(alice, direct, body) for body in SAID.values()))
    return {outcome.message: name for name, outcome in zip(SAID, outcomes, strict=True)}


def found(user, text, **where) -> list[str]:
    """The bodies of what is found, newest first."""
    return [message.body for message in searching.search(user_id=user.pk, text=text, limit=50, **where).results]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("report", "report reporter"),  # a word that is only begun
        ("REPORT", "report reporter"),
        ("eport", ""),  # not one that is begun in the middle
        ("quarterly rep", "report reporter"),  # all of them, in any order
        ("rep quart", "report reporter"),
        ("quarterly car", ""),
        ('"quarterly report"', "report"),  # next to each other
        ('"report quarterly"', ""),
        ('"red car"', "car"),  # and whole
        ("red car", "car cars"),
        ("会议", "meeting room"),  # two characters in a row
        ("会", "meeting room apart wide"),  # one
        ("议会", ""),
        ("会议室", "room"),
        ("明天 三点", "meeting"),
        ("吧三点", "meeting"),  # what parts words does not count
        ("吧，三点", "meeting"),
        ("手机", "mixed"),
        ("iphone15手机", "mixed"),
        ("iphone", "mixed"),
        ("15", ""),
        ("v2", "mixed"),
        ("壳v", "mixed"),
        ("ラーメン", "kana"),
        ("食べ", "kana"),
        ("회의", "hangul"),
        ("bob", "address"),
        ("smith", "address"),
        ("bob.smith@example.com", "address"),
        ("example com", "address"),
        ("b_c", "address"),
        ("123-456", "number"),
        ("456", "number"),
        ("3.5", "number"),
        ("über", "accent"),
        ("ÉTÉ", "accent"),
        ("мир", "cyrillic"),
        ("ПРИВ", "cyrillic"),
        ("soon", "emoji"),
        ("lunch soon", "emoji"),
        ("don't", "quote"),
        ("don’t panic", "quote"),
        ("ＡＢＣ会", "wide"),
        ("#1", "address number"),  # as any 1
    ],
)
def test_what_finds_what(alice, said, text, names):
    page = searching.search(user_id=alice.pk, text=text, limit=50)
    assert {said[message.pk] for message in page.results} == set(names.split())
    assert [message.pk for message in page.results] == sorted((m.pk for m in page.results), reverse=True)


@pytest.mark.parametrize("text", ["", "  ", "!?", "。", "👍", '""'])
def test_what_has_no_word_is_no_question(alice, said, text):
    with pytest.raises(Invalid):
        found(alice, text)


TRICKY = ["'", "a'b", "x\\", "a & !b", "a:*", "%", "_", "(a", "[a", "a{2", "\0a", "\ud800a", "x" * 200, "的" * 200]


@pytest.mark.parametrize("text", TRICKY)
def test_nothing_in_a_question_is_an_error(alice, said, text):
    try:
        found(alice, text)
    except Invalid:
        assert not text.isprintable() or not any(character.isalnum() for character in text)


# Where


def test_only_in_the_conversations_that_one_is_in_now(alice, bob, charlie, dora, direct, group, draft):
    say(
        draft(alice, direct, "lunch, Bob"),
        draft(alice, group, "lunch, all"),
        draft(alice, to=charlie.pk, body="lunch?"),
    )
    assert found(bob, "lunch") == ["lunch, all", "lunch, Bob"]
    assert found(dora, "lunch") == ["lunch, all"]
    assert found(charlie, "lunch") == ["lunch?"]
    assert found(bob, "lunch", conversation_id=group.pk) == ["lunch, all"]
    groups.remove(actor_id=bob.pk, conversation_id=group.pk, user_id=bob.pk)
    assert found(bob, "lunch") == ["lunch, Bob"]
    for stranger in (bob, charlie):
        with pytest.raises(NoSuchConversation):
            found(stranger, "lunch", conversation_id=group.pk)


def test_who_is_nowhere_finds_nothing(alice, bob, charlie, direct, draft):
    say(draft(alice, direct, "lunch"))
    assert found(charlie, "lunch") == []


def test_who_is_in_many_conversations_finds_the_same(alice, bob, direct, group, draft, monkeypatch):
    """More of them than the index is asked for by name."""
    monkeypatch.setattr(searching, "MOST_NAMED", 1)
    say(draft(alice, direct, "lunch, Bob"), draft(alice, group, "lunch, all"))
    assert found(bob, "lunch") == ["lunch, all", "lunch, Bob"]


def test_what_was_edited_is_found_by_what_it_says_now(alice, bob, direct, draft):
    [hello] = say(draft(alice, direct, "pizza today"))
    editing.change([Edit(alice.pk, hello.message, "pasta today")])
    assert (found(bob, "pizza"), found(bob, "pasta")) == ([], ["pasta today"])


def test_what_was_recalled_is_found_no_more(alice, bob, direct, draft):
    [hello] = say(draft(alice, direct, "pizza today"))
    editing.change([Recall(alice.pk, hello.message)])
    assert found(bob, "pizza") == []


def test_what_the_system_said_is_not_searched(alice, bob, group):
    groups.rename(actor_id=alice.pk, conversation_id=group.pk, title="Pizza")
    Message.objects.create(kind="notification", body="pizza", created_at=timezone.now())
    assert found(bob, "pizza") == []


# Pages


def test_pages_follow_each_other_without_holes(alice, bob, direct, draft):
    said = say(*(draft(alice, direct, f"lunch {n}") for n in range(7)))
    seen, cursor = [], None
    for count in (3, 3, 1):
        page = searching.search(user_id=bob.pk, text="lunch", limit=3, cursor=cursor)
        assert len(page.results) == count
        seen, cursor = seen + [message.pk for message in page.results], page.next
    assert cursor is None
    assert seen == [outcome.message for outcome in reversed(said)]


def test_a_part_of_a_conversation(alice, bob, direct, draft):
    say(*(draft(alice, direct, f"lunch {n}") for n in range(1, 7)))
    assert found(bob, "lunch", conversation_id=direct.pk, before=4) == ["lunch 3", "lunch 2", "lunch 1"]
    assert found(bob, "lunch", conversation_id=direct.pk, after=4) == ["lunch 6", "lunch 5"]


@pytest.mark.parametrize("cursor", ["", "x", "-1", "1.5", "９", "9" * 40])
def test_a_cursor_is_one_of_ours(alice, direct, cursor):
    with pytest.raises(Invalid):
        searching.search(user_id=alice.pk, text="x", limit=3, cursor=cursor)


# The index


def test_it_costs_two_queries_and_is_found_by_the_index(alice, direct, said, draft, django_assert_num_queries):
    say(*(draft(alice, direct, f"something else {n}") for n in range(500)))
    with django_assert_num_queries(2) as queries:
        assert len(found(alice, "会议")) == 2
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE messages_store_message")
            cursor.execute("SET LOCAL enable_seqscan = off")  # whatever else there is: a few rows are read fastest
            cursor.execute("EXPLAIN " + queries.captured_queries[-1]["sql"])
            assert "message_words" in str(cursor.fetchall())


def test_the_longest_body_can_be_stored(alice, bob, direct, draft, settings):
    """PostgreSQL refuses a vector of more than a mebibyte: a body of different words must stay below."""
    settings.IM_BODY_CHARACTERS = 1_000_000
    han = [chr(code) for code in (*range(0x3400, 0x4DB0), *range(0x4E00, 0x9FF0), *range(0x20000, 0x2A6D0))]
    words = " ".join(f"{n:x}" for n in range(150_000))
    say(draft(alice, direct, "".join(han) * 10), draft(alice, direct, words))
    assert len(found(bob, han[0])) == 1
