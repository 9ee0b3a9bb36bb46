"""Editing and recalling: what becomes of a message, who gets to know, and who may."""

import json
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DataError, IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from messages_store.changes import Edit, Recall
from messages_store.drafts import Draft
from messages_store.errors import Conflict, Forbidden, Invalid, NotFound, RateLimited, Recalled, TooLarge
from messages_store.events import moment
from messages_store.models import Delivery, Member, Message
from messages_store.services import editing, reading, receipts, sending
from messages_store.services.sending import Accepted

from .look import assert_seqs_whole, counters, inbox, say

pytestmark = pytest.mark.django_db


@pytest.fixture
def hello(alice, direct, draft):
    """Alice's message to Bob."""
    return say(draft(alice, direct, "hello", data={"n": 1}))[0]


def edit(user, accepted, body):
    return editing.change([Edit(user.pk, accepted.message, body)])


def recall(user, accepted):
    return editing.change([Recall(user.pk, accepted.message)])


def events(user) -> list[tuple]:
    """(seq, event, body) of each entry, as it is read."""
    page = reading.inbox_page(user_id=user.pk, after=0, limit=100)
    return [(event.seq, event.event, json.loads(event.message)["body"]) for event in page]


def age(accepted, seconds: float) -> None:
    Message.objects.filter(pk=accepted.message).update(created_at=timezone.now() - timedelta(seconds=seconds))


# What becomes of it


def test_an_edit_changes_the_message_and_is_an_entry_in_every_inbox(alice, bob, hello):
    sent = edit(alice, hello, "hello, Bob")
    message = Message.objects.get()
    assert (message.body, message.data, message.number) == ("hello, Bob", {"n": 1}, 1)
    assert message.edited_at is not None
    assert message.recalled_at is None
    outcome = sent.outcomes[0]
    assert (outcome.message, outcome.number, outcome.seq) == (message.pk, 1, 2)
    assert (outcome.client_id, outcome.edited_at) == (hello.client_id, moment(message.edited_at))
    for user in (alice, bob):
        assert [(seq, event) for seq, event, _ in events(user)] == [(1, "message"), (2, "edited")]
        assert [(event.seq, event.event) for event in sent.events[user.pk]] == [(2, "edited")]
        assert '"hello, Bob"' in sent.events[user.pk][0].message
    assert_seqs_whole()


def test_a_recall_takes_body_and_data_out_of_the_row(alice, bob, direct, hello):
    sent = recall(alice, hello)
    message = Message.objects.get()
    assert (message.body, message.data) == ("", None)
    assert message.recalled_at is not None
    assert sent.outcomes[0].recalled_at == moment(message.recalled_at)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM messages_store_message")
        assert "hello" not in str(cursor.fetchall())
    history = reading.history(user_id=bob.pk, conversation_id=direct.pk)
    assert [(found.number, found.body) for found in history] == [(1, "")]
    assert events(bob) == [(1, "message", ""), (2, "recalled", "")]
    assert '"body":"","data":null' in sent.events[bob.pk][0].message


def test_the_own_entry_is_born_sent_and_the_others_wait(alice, bob, hello):
    receipts.ack(user_id=bob.pk, seq=1)
    edit(alice, hello, "again")
    assert inbox(alice) == [(1, "again", "sent"), (2, "again", "sent")]
    assert inbox(bob) == [(1, "again", "sent"), (2, "again", "unsent")]
    assert counters(alice) == (2, 2)
    assert counters(bob) == (2, 1)


def test_an_edit_is_no_new_message(alice, bob, direct, hello):
    edit(alice, hello, "again")
    recall(alice, hello)
    direct.refresh_from_db()
    assert direct.last_number == 1
    assert reading.standing(user_id=bob.pk).unread == 1


def test_everybody_in_a_group_gets_it(alice, bob, charlie, dora, group, draft):
    [hello] = say(draft(bob, group, "hello"))
    sent = edit(bob, hello, "hi")
    assert sent.events.keys() == {alice.pk, bob.pk, dora.pk}
    assert not Delivery.objects.filter(recipient=charlie).exists()


def test_who_left_does_not_and_who_came_does(alice, bob, charlie, dora, group, draft):
    [hello] = say(draft(alice, group, "hello"))
    Member.objects.filter(conversation=group, user=bob).update(left_at=timezone.now())
    Member.objects.create(conversation=group, user=charlie)
    assert recall(alice, hello).events.keys() == {alice.pk, charlie.pk, dora.pk}


# Repeated, and again


def test_the_same_edit_again_gets_the_same_answer_and_stores_nothing(alice, bob, hello):
    first = edit(alice, hello, "again")
    second = edit(alice, hello, "again")
    assert second.outcomes == first.outcomes
    assert not second.events
    assert len(inbox(bob)) == 2


def test_the_same_recall_again_too_even_when_it_would_be_too_late(alice, bob, hello, settings):
    first = recall(alice, hello)
    settings.IM_EDIT_SECONDS = 0
    assert recall(alice, hello).outcomes == first.outcomes
    assert len(inbox(bob)) == 2


def test_an_edit_that_says_what_was_said_is_answered_with_the_message_itself(alice, hello):
    outcome = edit(alice, hello, "hello").outcomes[0]
    assert (outcome.seq, outcome.edited_at) == (1, None)


def test_twice_in_one_list_is_once(alice, bob, hello):
    sent = editing.change([Edit(alice.pk, hello.message, "again")] * 2)
    assert sent.outcomes[0] == sent.outcomes[1]
    assert len(inbox(bob)) == 2


def test_one_after_the_other_in_one_list(alice, bob, hello):
    sent = editing.change(
        [Edit(alice.pk, hello.message, "one"), Edit(alice.pk, hello.message, "two"), Recall(alice.pk, hello.message)]
    )
    assert [outcome.seq for outcome in sent.outcomes] == [2, 3, 4]
    assert [event.event for event in sent.events[bob.pk]] == ["edited", "edited", "recalled"]
    assert '"one"' in sent.events[bob.pk][0].message
    assert '"two"' in sent.events[bob.pk][1].message
    message = Message.objects.get()
    assert (message.body, message.edited_at) == ("", message.recalled_at)


@pytest.mark.parametrize("change", [edit, lambda user, accepted, _: recall(user, accepted)])
def test_what_was_sent_first_stays_what_its_client_id_stands_for(alice, bob, direct, draft, change):
    """The answer to the send got lost; the client sends it again after the message was changed elsewhere."""
    hello = draft(alice, direct, "hello", data={"price": 1e23, "n": [1, 2.0]})
    [accepted] = say(hello)
    change(alice, accepted, "changed")
    assert sending.send([hello]).outcomes == [accepted]
    for other in ("changed", ""):
        again = Draft(sender=alice.pk, conversation=direct.pk, client_id=hello.client_id, body=other, data=hello.data)
        assert isinstance(sending.send([again]).outcomes[0], Conflict)
    assert Message.objects.count() == 1
    assert len(inbox(bob)) == 2


# Who may


def test_only_ones_own(alice, bob, hello):
    for sent in (edit(bob, hello, "mine"), recall(bob, hello)):
        assert isinstance(sent.outcomes[0], Forbidden)
    assert Message.objects.get().body == "hello"


def test_to_a_stranger_it_does_not_exist(alice, charlie, hello):
    for change in (Edit(charlie.pk, hello.message, "x"), Recall(charlie.pk, hello.message)):
        theirs, none = editing.change([change, replace(change, message=2**40)]).outcomes
        assert isinstance(theirs, NotFound)
        assert (type(theirs), theirs.message) == (type(none), none.message)


def test_who_left_changes_nothing_any_more(alice, bob, group, draft):
    [hello] = say(draft(bob, group, "hello"))
    Member.objects.filter(conversation=group, user=bob).update(left_at=timezone.now())
    assert isinstance(recall(bob, hello).outcomes[0], NotFound)


def test_what_the_system_said_is_nobodys_to_change(alice, bob, direct):
    spoken = Message.objects.create(conversation=direct, number=1, kind="system", body="x", created_at=timezone.now())
    assert isinstance(editing.change([Recall(alice.pk, spoken.pk)]).outcomes[0], Forbidden)


def test_a_notification_is_not_there_to_be_changed(alice):
    note = Message.objects.create(sender=alice, client_id=uuid4(), kind="notification", body="x",
                                  created_at=timezone.now())  # fmt: skip
    assert isinstance(editing.change([Recall(alice.pk, note.pk)]).outcomes[0], NotFound)


def test_not_for_long(alice, hello, settings):
    settings.IM_EDIT_SECONDS = 60
    age(hello, 59)
    assert edit(alice, hello, "in time").outcomes[0].seq == 2
    age(hello, 61)
    for sent in (edit(alice, hello, "late"), recall(alice, hello)):
        assert isinstance(sent.outcomes[0], Forbidden)
        assert "too late" in sent.outcomes[0].message
    assert Message.objects.get().body == "in time"


def test_never_where_the_time_is_0(alice, hello, settings):
    settings.IM_EDIT_SECONDS = 0
    assert isinstance(edit(alice, hello, "x").outcomes[0], Forbidden)


def test_what_was_recalled_is_not_edited(alice, hello):
    recall(alice, hello)
    assert isinstance(edit(alice, hello, "back").outcomes[0], Recalled)


@pytest.mark.parametrize(("body", "error"), [("\0", Invalid), ("\ud800", Invalid), ("x" * 20_001, TooLarge)])
def test_the_new_body_keeps_the_rules_of_bodies(alice, hello, body, error):
    assert isinstance(edit(alice, hello, body).outcomes[0], error)


def test_a_message_of_words_alone_cannot_lose_them_by_an_edit(alice, direct, draft, hello):
    [words] = say(draft(alice, direct, "words"))
    assert isinstance(edit(alice, words, " ").outcomes[0], Invalid)
    assert edit(alice, hello, "").outcomes[0].edited_at  # this one has data


@pytest.mark.parametrize("id", [0, -1, 2**53])
def test_an_id_out_of_range_is_invalid(alice, id):
    assert isinstance(editing.change([Recall(alice.pk, id)]).outcomes[0], Invalid)


def test_changes_count_among_what_one_sends_in_a_minute(alice, direct, draft, settings):
    settings.IM_SENDS_PER_MINUTE = 3
    [hello] = say(draft(alice, direct, "hello"))
    sent = editing.change([Edit(alice.pk, hello.message, str(n)) for n in range(3)])
    assert [outcome.seq for outcome in sent.outcomes[:2]] == [2, 3]
    assert isinstance(sent.outcomes[2], RateLimited)
    assert 0 < sent.outcomes[2].retry_after <= 60
    assert Message.objects.get().body == "1"
    assert edit(alice, hello, "1").outcomes[0].seq == 3  # it is so, which costs nothing


def test_each_failing_change_fails_alone(alice, bob, charlie, direct, draft, hello):
    [second] = say(draft(alice, direct, "second"))
    sent = editing.change(
        [
            Recall(charlie.pk, hello.message),
            Edit(alice.pk, hello.message, "\0"),
            Recall(alice.pk, second.message),
            Edit(bob.pk, hello.message, "mine"),
            Edit(alice.pk, 2**40, "nothing"),
            Edit(alice.pk, hello.message, "good"),
        ]
    )
    kinds = [type(outcome).__name__ for outcome in sent.outcomes]
    assert kinds == ["NotFound", "Invalid", "Accepted", "Forbidden", "NotFound", "Accepted"]
    assert [event.event for event in sent.events[bob.pk]] == ["recalled", "edited"]
    assert_seqs_whole()


# What it costs


def test_many_changes_cost_as_many_queries_as_one(alice, bob, direct, draft):
    said = say(*(draft(alice, direct, f"m{n}") for n in range(30)))
    counted = []
    for some in (said[:1], said[1:]):
        with CaptureQueriesContext(connection) as queries:
            editing.change([Edit(alice.pk, accepted.message, "x") for accepted in some])
        counted.append(len(queries))
    assert counted[0] == counted[1] <= 12


def test_the_tokens_of_the_sender_are_those_of_the_page(alice, bob, hello):
    """What rings and what is read later is known by the same name to the connection that asked."""
    change = Edit(alice.pk, hello.message, "again")
    [rung] = editing.change([change]).events[alice.pk]
    read = reading.inbox_page(user_id=alice.pk, after=1, limit=1)[0]
    assert rung.client_id == read.client_id == change.token
    assert reading.inbox_page(user_id=bob.pk, after=1, limit=1)[0].client_id is None


# What the database refuses though our checks let it pass


@pytest.mark.parametrize("error", [DataError, IntegrityError])
def test_what_the_database_refuses_fails_alone(alice, bob, direct, draft, monkeypatch, error, caplog):
    mine, poisoned, other = say(draft(alice, direct), draft(alice, direct), draft(bob, direct))
    update = editing.UPDATE_MESSAGES

    def refusing(tables, **values):
        if any("poison" in row[1] for row in tables["changed"]):
            raise error("no")
        return update(tables, **values)

    monkeypatch.setattr(editing, "UPDATE_MESSAGES", refusing)
    sent = editing.change(
        [
            Edit(alice.pk, mine.message, "mine"),
            Edit(alice.pk, poisoned.message, "poison"),
            Recall(bob.pk, other.message),
        ]
    )
    assert [type(outcome) for outcome in sent.outcomes] == [Accepted, Invalid, Accepted]
    assert [event.seq for event in sent.events[bob.pk]] == [4, 5]
    assert events(bob)[3:] == [(4, "edited", "mine"), (5, "recalled", "")]
    assert "The database refuses message" in caplog.text
    assert "poison" not in caplog.text
    assert_seqs_whole()
