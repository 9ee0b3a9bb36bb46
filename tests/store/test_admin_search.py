"""What the admin finds by text: what people find in their conversations, in everybody's; notifications apart."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from messages_store.admin import large, text_search
from messages_store.changes import Edit, Recall
from messages_store.models import Look, Message
from messages_store.notices import Notice
from messages_store.services import editing, groups, notifying

from .admin_world import direct, group, listed, people, say
from .test_admin_looks import member_of_staff

pytestmark = pytest.mark.django_db
MESSAGES, NOTIFICATIONS = (reverse(f"admin:messages_store_{model}_changelist") for model in ("message", "notification"))


@pytest.fixture
def said() -> dict[str, int]:
    """Two conversations, and nobody who looks is in one of them."""
    alice, bob, charlie = people("alice", "bob", "charlie")
    words = ("The Quarterly report is late.", "我们明天下午开会议吧，三点。", "大会不议论")
    ids = say(direct(alice, bob), alice, *words)
    ids += say(group("Lunch", [alice, bob, charlie]), charlie, "会议室在二楼", "a report, quarterly")
    return dict(zip(("report", "meeting", "apart", "room", "reports"), ids, strict=True))


def found(client, text: str, **parameters: str) -> list[int]:
    return [row.pk for row in listed(client, "message", q=text, **parameters)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("REPORT", "reports report"),
        ("quart rep", "reports report"),  # words that are only begun, in any order
        ('"quarterly report"', "report"),
        ("会议", "room meeting"),  # two characters in a row, newest first
        ("会", "room apart meeting"),
        ("明天 三点", "meeting"),
        ("nothing like it", ""),
        ("!?", ""),  # no word at all
        ("%' OR \\", ""),
    ],
)
def test_messages_of_all_conversations_are_found(admin_client, said, text, names):
    assert found(admin_client, text) == [said[name] for name in names.split()]


def test_a_search_is_narrowed_by_the_filters(admin_client, said):
    assert found(admin_client, "会议", sender="alice") == [said["meeting"]]
    assert found(admin_client, "会议", status="unsent") == [said["room"], said["meeting"]]
    assert found(admin_client, "会议", status="handled") == []


def test_what_a_search_found_is_exported(admin_client, said):
    data = {"action": "export_json", "_selected_action": [said["room"]], "select_across": "1"}
    rows = json.loads(b"".join(admin_client.post(f"{MESSAGES}?q=会议", data)))
    assert [row["id"] for row in rows] == [said["meeting"], said["room"]]


def test_what_was_edited_is_found_by_what_it_says_now_and_what_was_recalled_by_nothing(admin_client, said):
    alice = Message.objects.get(pk=said["report"]).sender_id
    editing.change([Edit(alice, said["report"], "The yearly memo"), Recall(alice, said["meeting"])])
    assert found(admin_client, "report") == [said["reports"]]
    assert found(admin_client, "yearly") == [said["report"]]
    assert found(admin_client, "会议") == [said["room"]]


def test_what_the_system_said_of_a_group_is_found(admin_client, said):
    alice, lunch = (Message.objects.get(pk=said[name]) for name in ("report", "room"))
    groups.rename(actor_id=alice.sender_id, conversation_id=lunch.conversation_id, title="Pizza")
    assert [row.kind for row in listed(admin_client, "message", q="pizza")] == ["system"]


@pytest.fixture
def notification() -> int:
    (dora,) = people("dora")
    notice = Notice(title="Maintenance at six", body="会议 is over by then", users=[dora.pk])
    return notifying.notify(sender_id=None, notice=notice).notification.pk


def test_notifications_are_found_in_their_own_list(admin_client, said, notification):
    for text in ("maintenance", "six MAIN", "会议"):
        assert [row.pk for row in listed(admin_client, "notification", q=text)] == [notification]
    assert listed(admin_client, "notification", q="maintenance nothing") == []
    assert notification not in found(admin_client, "会议")
    assert found(admin_client, "maintenance") == []


def test_a_search_of_notifications_is_a_look_and_for_those_who_may(admin_client, django_user_model, notification):
    viewer = member_of_staff(django_user_model, "view_notification", name="viewer")
    assert viewer.get(NOTIFICATIONS, {"q": "six"}).status_code == 403
    assert 'id="searchbar"' not in viewer.get(NOTIFICATIONS).text
    assert not Look.objects.exists()
    admin_client.get(NOTIFICATIONS, {"q": "six"})
    assert list(Look.objects.values_list("what", "subject", "messages")) == [
        ("search", "notifications q=six", [notification])
    ]


@pytest.mark.parametrize("text", ["会议", "nothing-like-it"])
def test_the_index_finds_them_and_nothing_is_counted(admin_client, said, text):
    room = Message.objects.get(pk=said["room"])
    say(room.conversation, room.sender, *(f"something else {n}" for n in range(500)))
    with CaptureQueriesContext(connection) as queries:
        found(admin_client, text)
    assert not any("COUNT(*)" in query["sql"] and "messages_store_message" in query["sql"] for query in queries)
    if connection.vendor == "postgresql":
        of_recent, of_all = [query["sql"] for query in queries if "messages_store_words" in query["sql"]]
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE messages_store_message")
            for search in (of_recent, of_all):
                cursor.execute("EXPLAIN " + search)
                assert "message_words" in str(cursor.fetchall())


def test_what_is_everywhere_is_found_among_the_newest_and_what_is_not_in_all(admin_client, said, monkeypatch):
    monkeypatch.setattr(large, "MOST_LISTED", 2)
    monkeypatch.setattr(text_search, "RECENT", 3)
    room = Message.objects.get(pk=said["room"])
    again = say(room.conversation, room.sender, "report one", "report two", "report three")

    def searches() -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            assert found(admin_client, "report") == again[:0:-1]
        mark = "messages_store_words" if connection.vendor == "postgresql" else "REGEXP"
        return [query["sql"] for query in queries if mark in query["sql"]]

    assert len(searches()) == 1
    monkeypatch.setattr(text_search, "RECENT", 2)
    assert len(searches()) == 2
    assert found(admin_client, "会议") == [said["room"], said["meeting"]]
