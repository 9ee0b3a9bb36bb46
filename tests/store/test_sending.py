"""A list of drafts becomes messages and inbox entries."""

import json
from datetime import datetime
from uuid import UUID

import pytest
from django.utils import timezone

from messages_store.drafts import DEEPEST, Draft
from messages_store.errors import NoSuchConversation
from messages_store.models import Conversation, Delivery, Inbox, Member, Message
from messages_store.services import inboxes, reading, receipts, rows, sending
from tests.conftest import make_user

from .look import TABLES, assert_whole, counters, drafts, inbox, say, undone

pytestmark = pytest.mark.django_db


def test_a_message_is_stored_as_it_was_said(alice, direct, draft):
    hello = draft(alice, direct, "hello", data={"a": 1}, kind="card")
    before = timezone.now()
    (accepted,) = say(hello)
    message = Message.objects.get()
    assert (message.conversation_id, message.number, message.sender_id) == (direct.pk, 1, alice.pk)
    assert (message.client_id, message.kind, message.body, message.data) == (hello.client_id, "card", "hello", {"a": 1})
    assert (accepted.message, accepted.client_id) == (message.pk, str(hello.client_id))
    assert (accepted.conversation, accepted.number, accepted.seq) == (direct.pk, 1, 1)
    assert abs((message.created_at - before).total_seconds()) < 60
    assert message.edited_at is message.recalled_at is message.reply_to is None


def test_numbers_count_up_in_each_conversation(alice, bob, direct, group):
    mixed = [
        draft
        for pair in zip(drafts(alice, direct, 3), drafts(bob, group, 3), drafts(bob, direct, 3), strict=True)
        for draft in pair
    ]
    accepted = say(*mixed)
    assert [a.number for a in accepted if a.conversation == direct.pk] == [1, 2, 3, 4, 5, 6]
    assert [a.number for a in accepted if a.conversation == group.pk] == [1, 2, 3]
    assert_whole()


def test_seqs_count_up_in_each_inbox_over_conversations_and_lists(alice, bob, dora, direct, group):
    for _ in range(3):
        say(*drafts(alice, direct, 2), *drafts(bob, group, 1))
    assert [seq for seq, _, _ in inbox(bob)] == list(range(1, 10))
    assert [seq for seq, _, _ in inbox(dora)] == [1, 2, 3]
    assert_whole()


def test_every_member_gets_one_entry_and_nobody_else_any(alice, bob, charlie, dora, group):
    say(*drafts(alice, group, 1))
    assert sorted(Delivery.objects.values_list("recipient", flat=True)) == sorted([alice.pk, bob.pk, dora.pk])
    assert inbox(charlie) == []


def test_who_left_gets_nothing_more(alice, bob, dora, group):
    Member.objects.filter(user=bob).update(left_at=timezone.now())
    say(*drafts(alice, group, 1))
    assert inbox(bob) == []
    assert len(inbox(dora)) == 1


def test_the_senders_own_entry_is_born_sent_and_the_others_unsent(alice, bob, direct):
    say(*drafts(alice, direct, 1))
    assert inbox(alice) == [(1, "alice 0", "sent")]
    assert inbox(bob) == [(1, "alice 0", "unsent")]
    own, other = Delivery.objects.get(recipient=alice), Delivery.objects.get(recipient=bob)
    assert own.sent_at == own.message.created_at
    assert other.sent_at is None


def test_sending_moves_the_senders_ack_along_when_nothing_before_it_waits(alice, bob, direct):
    say(*drafts(alice, direct, 2))
    assert counters(alice) == (2, 2)
    assert counters(bob) == (2, 0)


def test_an_entry_that_waits_is_not_acked_by_sending(alice, bob, direct):
    say(*drafts(alice, direct, 2), *drafts(bob, direct, 1))
    assert counters(bob) == (3, 0)
    receipts.ack(user_id=bob.pk, seq=2)
    assert counters(bob) == (3, 2)
    say(*drafts(bob, direct, 1))
    assert counters(bob) == (4, 2)  # 3 is sent, being Bob's own, but only an ack says so of all before 4
    assert_whole()


def test_sending_implies_having_read(alice, bob, direct):
    say(*drafts(bob, direct, 3), *drafts(alice, direct, 1), *drafts(bob, direct, 1))
    assert Member.objects.get(user=alice).read_number == 4
    assert Member.objects.get(user=bob).read_number == 5
    assert reading.standing(user_id=alice.pk).unread == 1


def test_an_answer_names_the_message_that_it_answers(alice, bob, direct, draft):
    (question,) = say(draft(alice, direct, "when?"))
    say(draft(bob, direct, "now", reply_to=question.message))
    assert Message.objects.get(body="now").reply_to_id == question.message


def test_whoever_has_no_inbox_yet_gets_one(alice, bob, direct):
    Inbox.objects.all().delete()
    say(*drafts(alice, direct, 2))
    assert counters(bob) == (2, 0)
    assert_whole()


def test_a_list_of_nothing_is_nothing():
    sent = sending.send([])
    assert (sent.outcomes, dict(sent.events)) == ([], {})


def test_hundreds_at_once(alice, bob, dora, direct, group):
    mixed = drafts(alice, direct, 200) + drafts(bob, group, 200) + drafts(dora, group, 100)
    assert [accepted.client_id for accepted in say(*mixed)] == [str(draft.client_id) for draft in mixed]
    assert counters(bob)[0] == 500
    assert_whole()


# To a person


def test_to_opens_the_direct_conversation_once(alice, bob, draft):
    first, second = say(draft(alice, to=bob.pk), draft(bob, to=alice.pk))
    (third,) = say(draft(alice, to=bob.pk))
    conversation = Conversation.objects.get()
    assert (conversation.kind, conversation.direct_key) == ("direct", f"{alice.pk}:{bob.pk}")
    assert {first.conversation, second.conversation, third.conversation} == {conversation.pk}
    assert [first.number, second.number, third.number] == [1, 2, 3]
    assert set(conversation.members.values_list("user", flat=True)) == {alice.pk, bob.pk}
    assert_whole()


def test_to_and_the_conversation_itself_are_the_same_place(alice, bob, direct, draft):
    accepted = say(draft(alice, direct), draft(alice, to=bob.pk))
    assert [a.number for a in accepted] == [1, 2]
    assert Conversation.objects.count() == 1


def test_many_are_written_to_at_once(alice, draft):
    others = [make_user(f"other{n}") for n in range(20)]
    accepted = say(*(draft(alice, to=other.pk) for other in others))
    assert len({a.conversation for a in accepted}) == 20
    assert [counters(other) for other in others] == [(1, 0)] * 20


# What is rung


def test_the_events_to_ring_are_exactly_what_the_inboxes_have(alice, bob, dora, direct, group, draft):
    (_, first) = say(*drafts(bob, direct, 1), draft(dora, group, "first"))
    heads = {user.pk: counters(user)[0] for user in (alice, bob, dora)}
    sent = sending.send(
        [
            draft(alice, direct, "😀 'quoted' \"twice\""),
            draft(bob, group, "", data={"b": [1, 2.5, None], "a": {"é": True}}, kind="card"),
            draft(alice, group, "now", reply_to=first.message),
            draft(alice, to=dora.pk),
            draft(dora, direct, "not a member"),
        ]
    )
    assert isinstance(sent.outcomes[-1], NoSuchConversation)
    assert set(sent.events) == {alice.pk, bob.pk, dora.pk}
    for user_id, events in sent.events.items():
        stored = reading.inbox_page(user_id=user_id, after=heads[user_id], limit=100)
        assert [as_parsed(event) for event in events] == [as_parsed(event) for event in stored]


def as_parsed(event) -> tuple:
    """PostgreSQL keeps the keys of `data` in an order of its own."""
    return event.seq, event.event, json.loads(event.message), event.client_id


def test_only_the_senders_own_event_names_the_client_id_to_answer(alice, bob, direct, draft):
    hello = draft(alice, direct)
    events = sending.send([hello]).events
    assert events[alice.pk][0].client_id == str(hello.client_id)
    assert events[bob.pk][0].client_id is None


def test_a_message_is_described_once_for_all_of_its_recipients(alice, bob, dora, group):
    events = sending.send(drafts(alice, group, 1)).events
    assert events[alice.pk][0].message is events[bob.pk][0].message is events[dora.pk][0].message


# Texts

TEXTS = [
    "quotes ' \" ` '' \"\" $$ $1 --; /* */",
    "backslashes \\ \\\\ \\n \\u0000 \\x00 \\ud83d",
    "percent % %% %s %(now)s %(fresh)s",
    "braces {} {{}} {now} {fresh} {0}",
    '{"type":"welcome","body":"\\""}',
    '[{"conversation_id": 1}]',
    "null",
    "17",
    "true",
    " \t\n\r\v\f\x01\x1f\x7f\u00a0\u2028\u2029\ufeff around ",
    "你好，世界 · здравствуй · שלום · नमस्ते",
    "e\u0301 \u00e9 (two ways to write é)",
    "😀 👩‍👩‍👧‍👦 🏴󠁧󠁢󠁳󠁣󠁴󠁿 \U0010ffff \ufffd \ufffe",
    "x" * 20_000,
    "😀" * 20_000,
]


@pytest.mark.parametrize("body", TEXTS, ids=[ascii(text[:12]) for text in TEXTS])
def test_a_text_comes_back_as_it_was_said(alice, bob, direct, draft, body):
    data = {"body": body[:1_000], body[:100]: ["nested", {"deep": body[:100]}]}
    events = sending.send([draft(alice, direct, body, data=data)]).events
    stored = Message.objects.get()
    assert (stored.body, stored.data) == (body, data)
    for event in (events[bob.pk][0], *reading.inbox_page(user_id=bob.pk, after=0, limit=1)):
        shown = json.loads(event.message)
        assert (shown["body"], shown["data"]) == (body, data)


def deep(levels: int) -> dict:
    data = {}
    for _ in range(levels - 1):
        data = {"a": data}
    return data


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"": ""},
        {"a": None, "b": [], "c": {}, "d": [None, True, False]},
        {"numbers": [0, -1, 2**53, -(2**63), 2**64, 10**100, 0.1, -2.5e-7, 5e-324, 1.7976931348623157e308, 1e23]},
        deep(DEEPEST),
    ],
    ids=["none", "an empty key", "nothings", "numbers", "deep"],
)
def test_data_comes_back_and_may_be_sent_again(alice, bob, direct, draft, data):
    card = draft(alice, direct, "", data=data)
    (first,) = say(card)
    assert say(card) == [first]
    (event,) = reading.inbox_page(user_id=bob.pk, after=0, limit=1)
    shown = json.loads(event.message, parse_int=float)["data"]
    assert shown == json.loads(json.dumps(data), parse_int=float)


def test_times_are_utc_whatever_the_time_zone_of_the_thread(alice, bob, direct):
    with timezone.override("Asia/Tokyo"):
        before = timezone.now()
        sent = sending.send(drafts(alice, direct, 1))
    assert sent.outcomes[0].created_at.endswith("Z")
    assert "+" not in sent.outcomes[0].created_at
    assert abs((Message.objects.get().created_at - before).total_seconds()) < 60
    assert json.loads(sent.events[bob.pk][0].message)["created_at"] == sent.outcomes[0].created_at


# One statement, or one by one


def test_one_statement_writes_what_the_plain_ones_write(alice, bob, dora, direct, group, draft):
    """PostgreSQL writes in one statement what SQLite does in five; here both ways write the same drafts."""
    (old,) = say(draft(alice, group, "old"))
    new = [
        draft(alice, direct, "hello", client_id=UUID(int=1)),
        draft(bob, direct, "", data={"a": [1, {"b": "😀"}]}, kind="card", client_id=UUID(int=2)),
        draft(alice, group, "now", reply_to=old.message, client_id=UUID(int=3)),
        draft(dora, group, "{now} %s", client_id=UUID(int=4)),
    ]
    now = timezone.now().replace(microsecond=5_000)
    assert undone(lambda: written(new, rows.write, now)) == undone(lambda: written(new, rows.write_one_by_one, now))


def written(drafts: list[Draft], write, now: datetime) -> list:
    """Every table after these drafts were written so, with message ids as places, since ids are never given twice."""
    locked, _ = rows.lock_conversations(draft.conversation for draft in drafts)
    members = rows.members(locked)
    boxes = inboxes.lock({user_id for people in members.values() for user_id in people})
    writes = rows.Writes(boxes=boxes)
    for place, draft in enumerate(drafts):
        locked[draft.conversation] += 1
        sending._append(writes, sending.Fresh(place, draft, locked[draft.conversation]), members[draft.conversation])
    ids = write(writes, now)
    if write is rows.write_one_by_one:
        ids = {(conversation, number): id for conversation, number, id in ids}
    for (conversation, number), id in ids.items():
        assert Message.objects.filter(pk=id, conversation=conversation, number=number).exists()
    assert len(ids) == len(drafts)
    return [
        [sorted(str(row) for row in model.objects.values_list(*plain_fields(model))) for model in TABLES],
        sorted(Delivery.objects.values_list("recipient", "seq", "message__conversation", "message__number")),
    ]


def plain_fields(model) -> list[str]:
    hidden = {Message: {"id"}, Delivery: {"id", "message"}}.get(model, set())
    return [field.name for field in model._meta.concrete_fields if field.name not in hidden]
