"""Sending again gives the same answer; what fails fails alone."""

from dataclasses import replace
from uuid import uuid4

import pytest
from django.db import DataError, IntegrityError, connection
from django.utils import timezone

from messages_store.drafts import Draft
from messages_store.errors import Conflict, Invalid, NoSuchConversation, NoSuchUser, NotFound, TooLarge
from messages_store.models import Conversation, Member, Message, User
from messages_store.services import conversations, rows, sending
from messages_store.services.sending import Accepted
from tests.conftest import make_user

from .look import assert_whole, counters, drafts, everything, inbox, say

pytestmark = pytest.mark.django_db


# Again


def test_the_same_client_id_in_one_list_is_one_message(alice, bob, direct, draft):
    hello = draft(alice, direct)
    sent = sending.send([hello, *drafts(bob, direct, 1), hello, hello])
    assert sent.outcomes[0] == sent.outcomes[2] == sent.outcomes[3]
    assert [a.number for a in sent.outcomes] == [1, 2, 1, 1]
    assert len(sent.events[bob.pk]) == 2
    assert_whole()


def test_the_same_client_id_later_gets_the_same_answer_and_stores_nothing(alice, bob, direct, draft):
    hello = draft(alice, direct, "😀", data={"a": [1.5, "é"], "b": None}, kind="card")
    (first,) = say(hello)
    say(*drafts(bob, direct, 2))
    before = everything()
    sent = sending.send([hello])
    assert sent.outcomes == [first]
    assert sent.events == {}
    assert everything() == before


def test_it_does_so_for_a_person_written_to(alice, bob, draft):
    hello = draft(alice, to=bob.pk)
    (first,) = say(hello)
    assert say(hello, replace(hello, to=None, conversation=first.conversation)) == [first, first]
    assert Message.objects.count() == 1


def test_it_does_so_for_an_answer(alice, bob, direct, draft):
    (question,) = say(draft(alice, direct))
    answer = draft(bob, direct, reply_to=question.message)
    assert say(answer) == say(answer)


def test_it_does_so_after_the_sender_left(alice, direct, draft):
    hello = draft(alice, direct)
    (first,) = say(hello)
    Member.objects.filter(user=alice).update(left_at=timezone.now())
    assert say(hello) == [first]


def test_a_new_message_between_repeated_ones_is_stored(alice, direct, draft):
    old, new = draft(alice, direct, "old"), draft(alice, direct, "new")
    (first,) = say(old)
    assert [a.number for a in say(old, new, old)] == [1, 2, 1]
    assert say(old) == [first]
    assert_whole()


@pytest.fixture
def elsewhere(alice, bob):
    return conversations.create_group(creator=alice, title="Elsewhere", members=[bob])


@pytest.mark.parametrize("other", ["body", "kind", "data", "conversation", "to", "reply_to"])
@pytest.mark.parametrize("at_once", [True, False], ids=["in one list", "later"])
def test_the_same_client_id_for_something_else_is_a_conflict(alice, bob, direct, elsewhere, draft, other, at_once):
    (said,) = say(draft(bob, direct))
    hello = draft(alice, direct)
    changes = {
        "body": {"body": "Hello"},
        "kind": {"kind": "card"},
        "data": {"data": {}},
        "conversation": {"conversation": elsewhere.pk},
        "to": {"conversation": None, "to": make_user("erin").pk},
        "reply_to": {"reply_to": said.message},
    }
    changed = replace(hello, **changes[other])
    outcomes = sending.send([hello, changed]).outcomes if at_once else [*say(hello), *sending.send([changed]).outcomes]
    assert isinstance(outcomes[0], Accepted)
    assert isinstance(outcomes[1], Conflict)
    assert Message.objects.filter(sender=alice).count() == 1
    assert say(hello) == outcomes[:1]


def test_the_same_client_id_of_two_senders_is_two_messages(alice, bob, direct, draft):
    hello = draft(alice, direct)
    first, second = say(hello, replace(hello, sender=bob.pk))
    assert first.message != second.message
    assert say(replace(hello, sender=bob.pk)) == [second]


# Alone


def wrong(alice, bob, charlie, direct, group, elsewhere) -> dict[str, tuple[Draft, type]]:
    """A draft of each kind that fails, and how."""
    (said,) = say(*drafts(alice, elsewhere, 1))
    inactive = User.objects.create(username="inactive", is_active=False)
    Member.objects.create(conversation=group, user=charlie, left_at=timezone.now())
    plain = Draft(sender=alice.pk, client_id=uuid4(), body="hello", conversation=direct.pk)

    def fails(error: type, **fields) -> tuple[Draft, type]:
        return replace(plain, client_id=uuid4(), **fields), error

    to = {"conversation": None}
    return {
        "a stranger": fails(NoSuchConversation, sender=charlie.pk),
        "who left": fails(NoSuchConversation, sender=charlie.pk, conversation=group.pk),
        "nobody": fails(NoSuchConversation, sender=2**40),
        "no such conversation": fails(NoSuchConversation, conversation=2**40),
        "too long": fails(TooLarge, body="x" * 20_001),
        "empty": fails(Invalid, body=" "),
        "NUL": fails(Invalid, body="a\0b"),
        "half a surrogate pair": fails(Invalid, body="\ud800"),
        "a kind of ours": fails(Invalid, kind="system"),
        "an id out of range": fails(Invalid, conversation=2**63),
        "no place": fails(Invalid, **to),
        "two places": fails(Invalid, to=bob.pk),
        "an answer to elsewhere": fails(NotFound, reply_to=said.message),
        "an answer to nothing": fails(NotFound, reply_to=2**40),
        "to oneself": fails(Invalid, **to, to=alice.pk),
        "to nobody": fails(NoSuchUser, **to, to=2**40),
        "to an inactive user": fails(NoSuchUser, **to, to=inactive.pk),
        "from an inactive user": fails(NoSuchUser, **to, sender=inactive.pk, to=alice.pk),
        "a client_id used before": (replace(plain, client_id=Message.objects.get().client_id), Conflict),
    }


def test_each_failing_draft_fails_alone(alice, bob, charlie, direct, group, elsewhere):
    failing = wrong(alice, bob, charlie, direct, group, elsewhere)
    before = Conversation.objects.count()
    good = drafts(bob, direct, len(failing) + 1)
    mixed = [
        good[0],
        *(draft for pair in zip((bad for bad, _ in failing.values()), good[1:], strict=True) for draft in pair),
    ]
    sent = sending.send(mixed)
    assert {name: type(outcome) for name, outcome in zip(failing, sent.outcomes[1::2], strict=True)} == {
        name: error for name, (_, error) in failing.items()
    }
    assert [a.number for a in sent.outcomes[::2]] == list(range(1, len(good) + 1))
    assert len(sent.events[alice.pk]) == len(good)
    assert Conversation.objects.count() == before
    assert_whole_but_for(charlie)


def assert_whole_but_for(user) -> None:
    assert inbox(user) == []
    assert_whole()


@pytest.mark.parametrize("name", ["a stranger", "an answer to elsewhere", "to nobody", "no such conversation"])
def test_a_failing_draft_leaves_nothing_behind(alice, bob, charlie, direct, group, elsewhere, name):
    bad, error = wrong(alice, bob, charlie, direct, group, elsewhere)[name]
    before = everything()
    sent = sending.send([bad])
    assert [type(outcome) for outcome in sent.outcomes] == [error]
    assert sent.events == {}
    assert everything() == before


def test_a_conversation_that_is_not_yours_looks_like_none(alice, charlie, direct, draft):
    strange, missing = sending.send(
        [draft(charlie, direct), replace(draft(charlie, direct), conversation=2**40)]
    ).outcomes
    assert (type(strange), strange.code, strange.message) == (type(missing), missing.code, missing.message)


def test_a_message_elsewhere_looks_like_none_to_an_answer(alice, bob, direct, elsewhere, draft):
    (said,) = say(draft(alice, elsewhere))
    strange, missing = sending.send(
        [draft(bob, direct, reply_to=said.message), draft(bob, direct, reply_to=2**40)]
    ).outcomes
    assert (type(strange), strange.message) == (type(missing), missing.message)


def test_a_failed_client_id_may_be_used_again(alice, direct, draft):
    long = draft(alice, direct, "x" * 20_001)
    assert isinstance(sending.send([long]).outcomes[0], TooLarge)
    say(replace(long, body="short"))


# What the database refuses though our checks let it pass


@pytest.fixture
def unchecked(monkeypatch):
    monkeypatch.setattr(sending, "check", lambda draft: None)


def refused(draft: Draft) -> Draft:
    """What this database cannot store: PostgreSQL a NUL (a DataError), SQLite no body (an IntegrityError)."""
    return replace(draft, body="a\0b" if connection.vendor == "postgresql" else None)


def test_what_the_database_refuses_fails_alone(alice, bob, direct, draft, unchecked):
    good = drafts(bob, direct, 3)
    sent = sending.send([good[0], refused(draft(alice, direct)), good[1], good[1], good[2]])
    assert [type(outcome) for outcome in sent.outcomes] == [Accepted, Invalid, Accepted, Accepted, Accepted]
    assert [a.number for a in sent.outcomes if isinstance(a, Accepted)] == [1, 2, 2, 3]
    assert [event.seq for event in sent.events[alice.pk]] == [1, 2, 3]
    assert counters(bob) == (3, 3)
    assert_whole()


@pytest.mark.parametrize("error", [DataError, IntegrityError])
def test_however_it_refuses_it(alice, bob, direct, draft, monkeypatch, error, caplog):
    write = rows.write

    def refusing(writes, now):
        if any("poison" in message for message in writes.messages):
            raise error("no")
        return write(writes, now)

    monkeypatch.setattr(rows, "write", refusing)
    sent = sending.send([draft(alice, direct), draft(alice, direct, "poison"), draft(bob, direct)])
    assert [type(outcome) for outcome in sent.outcomes] == [Accepted, Invalid, Accepted]
    assert "The database refuses message" in caplog.text
    assert "poison" not in caplog.text
    assert_whole()


@pytest.mark.django_db(transaction=True)
def test_what_the_commit_refuses_fails_alone(alice, bob, direct, draft, monkeypatch):
    """A foreign key is looked at when the transaction ends."""
    monkeypatch.setattr(rows, "conversations_of_messages", lambda ids: {2**40: direct.pk})
    sent = sending.send([draft(alice, direct), draft(alice, direct, reply_to=2**40), draft(bob, direct)])
    assert [type(outcome) for outcome in sent.outcomes] == [Accepted, Invalid, Accepted]
    assert_whole()
