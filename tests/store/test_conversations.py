"""Conversations: opened, found, and who is in them."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messages_store.errors import Invalid, NoSuchConversation, NoSuchUser
from messages_store.models import Conversation, Inbox, Member, User
from messages_store.services import conversations
from tests.conftest import make_user

pytestmark = pytest.mark.django_db


def people(conversation) -> dict[int, str]:
    return dict(conversation.members.values_list("user", "role"))


# Direct


def test_a_direct_conversation_is_made_on_the_first_call(alice, bob):
    made = conversations.open_direct(user_id=alice.pk, other_id=bob.pk)
    assert (made.kind, made.title, made.last_number) == ("direct", "", 0)
    assert people(made) == {alice.pk: "member", bob.pk: "member"}


def test_it_is_the_same_one_for_both_and_for_ever(alice, bob, direct):
    assert conversations.open_direct(user_id=alice.pk, other_id=bob.pk) == direct
    assert conversations.open_direct(user_id=bob.pk, other_id=alice.pk) == direct
    assert Conversation.objects.count() == 1
    assert Member.objects.count() == 2


def test_one_of_those_who_open_it_made_it(alice, bob):
    _, made = conversations.open_or_make_direct(user_id=alice.pk, other_id=bob.pk)
    _, again = conversations.open_or_make_direct(user_id=bob.pk, other_id=alice.pk)
    assert (made, again) == (True, False)


def test_each_pair_has_its_own(alice, bob, charlie):
    pairs = [(alice.pk, bob.pk), (bob.pk, charlie.pk), (charlie.pk, alice.pk)]
    assert len(set(conversations.open_directs(pairs).values())) == 3


def test_a_pair_in_both_directions_in_one_list_is_one_conversation(alice, bob):
    found = conversations.open_directs([(alice.pk, bob.pk), (bob.pk, alice.pk)])
    assert len(set(found.values())) == 1
    assert Conversation.objects.count() == 1


def test_whoever_has_no_inbox_gets_one(alice, bob):
    Inbox.objects.all().delete()
    conversations.open_direct(user_id=alice.pk, other_id=bob.pk)
    assert set(Inbox.objects.values_list("user", flat=True)) == {alice.pk, bob.pk}


def test_nobody_talks_to_oneself(alice):
    with pytest.raises(Invalid, match="yourself"):
        conversations.open_direct(user_id=alice.pk, other_id=alice.pk)


@pytest.mark.parametrize("other", [0, -1, 2**40, 2**53 - 1])
def test_nobody_talks_to_nobody(alice, other):
    with pytest.raises(NoSuchUser):
        conversations.open_direct(user_id=alice.pk, other_id=other)
    assert not Conversation.objects.exists()


def test_an_inactive_user_looks_like_none(alice):
    inactive = User.objects.create(username="inactive", is_active=False)
    with pytest.raises(NoSuchUser) as found:
        conversations.open_direct(user_id=alice.pk, other_id=inactive.pk)
    assert found.value.message == NoSuchUser().message
    assert not Conversation.objects.exists()


def test_a_conversation_that_exists_stays_open_to_read(alice, bob, direct):
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert conversations.open_direct(user_id=alice.pk, other_id=bob.pk) == direct


def test_what_cannot_be_opened_keeps_nobody_else_from_it(alice, bob):
    found = conversations.open_directs([(alice.pk, 2**40), (alice.pk, bob.pk), (bob.pk, bob.pk)])
    assert isinstance(found[alice.pk, 2**40], NoSuchUser)
    assert isinstance(found[bob.pk, bob.pk], Invalid)
    assert found[alice.pk, bob.pk] == Conversation.objects.get().pk


def test_many_cost_as_many_queries_as_one(alice):
    others = [make_user(f"other{n}").pk for n in range(40)]
    for pairs in ([(alice.pk, others[0])], [(alice.pk, other) for other in others[1:]]):
        with CaptureQueriesContext(connection) as queries:
            conversations.open_directs(pairs)
        assert len(queries) == 9
    with CaptureQueriesContext(connection) as queries:
        conversations.open_directs((alice.pk, other) for other in others)
    assert len(queries) == 1


# Groups


def test_a_group_is_its_creators(alice, bob, dora):
    group = conversations.create_group(creator=alice, title="Lunch", members=[bob, dora])
    assert (group.kind, group.title, group.direct_key) == ("group", "Lunch", None)
    assert people(group) == {alice.pk: "owner", bob.pk: "member", dora.pk: "member"}


def test_the_creator_among_the_members_is_there_once_and_owns_it(alice, bob):
    group = conversations.create_group(creator=alice, title="Lunch", members=[alice, bob, bob])
    assert people(group) == {alice.pk: "owner", bob.pk: "member"}


# Membership


def test_a_member_is_found_with_the_conversation(alice, direct, django_assert_num_queries):
    with django_assert_num_queries(1):
        member = conversations.require_member(user_id=alice.pk, conversation_id=direct.pk)
        assert (member.user_id, member.conversation.pk) == (alice.pk, direct.pk)


def test_a_conversation_of_others_looks_like_none(alice, charlie, direct):
    with pytest.raises(NoSuchConversation) as strange:
        conversations.require_member(user_id=charlie.pk, conversation_id=direct.pk)
    with pytest.raises(NoSuchConversation) as missing:
        conversations.require_member(user_id=charlie.pk, conversation_id=2**40)
    assert strange.value.message == missing.value.message


def test_so_does_one_that_was_left(alice, direct):
    Member.objects.filter(user=alice).update(left_at=datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(NoSuchConversation):
        conversations.require_member(user_id=alice.pk, conversation_id=direct.pk)
    assert not Conversation.objects.of(alice.pk).exists()
