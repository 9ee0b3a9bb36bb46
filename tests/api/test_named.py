"""Whom messages name is told beside them, also who has left: pages show them by their present names."""

from uuid import uuid4

import pytest

from messages_store.drafts import Draft
from messages_store.models import User
from messages_store.services import accounts, conversations, groups, sending
from tests.conftest import make_user

pytestmark = pytest.mark.django_db


def names(answer) -> dict[int, str]:
    status, body = answer
    assert status == 200
    return {person["id"]: person["name"] for person in body["people"]}


@pytest.fixture
def history(group):
    return f"conversations/{group.pk}/messages"


@pytest.fixture
def gone(alice, bob, charlie, group):
    """Alice added Charlie, who left and has another name by now."""
    groups.add(actor_id=alice.pk, conversation_id=group.pk, user_ids=[charlie.pk])
    groups.remove(actor_id=charlie.pk, conversation_id=group.pk, user_id=charlie.pk)
    accounts.rename(user=charlie, display_name="Charles")
    return charlie


def test_of_whom_the_system_speaks_is_named_in_a_history(get, bob, alice, gone, history):
    assert names(get(bob, history)) == {alice.pk: "Alice", gone.pk: "Charles"}


def test_of_whom_the_system_speaks_last_is_named_in_the_list(get, bob, gone, group):
    (found,) = get(bob, "conversations", kind="group")[1]["results"]
    assert found["people"] == [{"id": gone.pk, "name": "Charles", "avatar": None}]
    assert names(get(bob, f"conversations/{group.pk}")) == {gone.pk: "Charles"}


def test_many_who_came_at_once_are_a_number(get, alice, bob, group, history):
    crowd = User.objects.bulk_create([User(username=f"u{n}") for n in range(6)])
    groups.add(actor_id=alice.pk, conversation_id=group.pk, user_ids=[user.pk for user in crowd])
    assert names(get(bob, history)) == {alice.pk: "Alice"}


def mention(sender, conversation, *ids) -> None:
    draft = Draft(
        sender=sender.pk, client_id=uuid4(), body="@you", conversation=conversation.pk, data={"mentions": [*ids]}
    )
    sending.send([draft])


def test_who_is_mentioned_is_named_even_after_leaving(get, alice, bob, gone, group, history):
    mention(alice, group, bob.pk, gone.pk)
    assert names(get(bob, history, limit=1)) == {alice.pk: "Alice", bob.pk: "Bob", gone.pk: "Charles"}


def test_a_mention_tells_nothing_of_who_was_never_there(get, alice, bob, group, history):
    victor = make_user("victor", kind=User.Kind.VISITOR)
    mention(alice, group, victor.pk, 0, -1, 2**70, True, None, "1", [1])
    assert names(get(bob, history, limit=1)) == {alice.pk: "Alice"}
    (found,) = get(bob, "conversations", kind="group")[1]["results"]
    assert [person["name"] for person in found["people"]] == ["Alice"]


def test_a_full_page_costs_as_much_as_one_message(alice, bob, gone, group, history, queries_of):
    mention(alice, group, gone.pk)
    one = queries_of(bob, history, limit=1)
    for _ in range(30):
        mention(alice, group, gone.pk, bob.pk)
    groups.rename(actor_id=alice.pk, conversation_id=group.pk, title="Dinner")
    assert queries_of(bob, history, limit=200) == one


def test_a_long_list_costs_as_much_as_a_short_one(alice, bob, gone, queries_of):
    def leave(title):
        made = conversations.create_group(creator=alice, title=title, members=[bob, gone])
        groups.remove(actor_id=gone.pk, conversation_id=made.pk, user_id=gone.pk)

    leave("one")
    one = queries_of(bob, "conversations")
    for number in range(10):
        leave(str(number))
    assert queries_of(bob, "conversations") == one
