"""Groups: what each change does, what is said of it and to whom, and who may."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from messages_store.errors import Forbidden, Invalid, NoSuchConversation, NoSuchUser, NotFound, RateLimited, TooLarge
from messages_store.models import Conversation, Delivery, Inbox, Member, Message, User
from messages_store.services import groups, listing, reading
from tests.conftest import make_user

from .look import assert_seqs_whole, counters, everything, say

pytestmark = pytest.mark.django_db


@pytest.fixture
def lunch(alice, bob, dora, group):
    """Alice owns it, Bob is an admin, Dora a member."""
    Member.objects.filter(conversation=group, user=bob).update(role="admin")
    return group


def roles(group) -> dict[str, str]:
    return dict(group.members.present().values_list("user__username", "role"))


def act(name, actor, group, *args):
    """act("add", alice, group, charlie): the events, by recipient."""
    who = {"actor_id": actor.pk, "conversation_id": group.pk}
    match name:
        case "rename":
            return groups.rename(**who, title=args[0])
        case "add":
            return groups.add(**who, user_ids=[user.pk for user in args])
        case "remove":
            return groups.remove(**who, user_id=args[0].pk)
        case "leave":
            return groups.remove(**who, user_id=actor.pk)
        case role:
            return groups.give_role(**who, user_id=args[0].pk, role=role)


def last(group) -> tuple[str, dict]:
    """The last thing that was said in it."""
    message = group.messages.order_by("number").last()
    assert (message.kind, message.sender_id, message.client_id) == ("system", None, None)
    return message.body, message.data


# What is said, and to whom


@pytest.mark.parametrize(
    ("name", "args", "to", "body", "data"),
    [
        ("rename", ["Dinner"], "alice bob dora", "Alice renamed the group to “Dinner”.",
         {"event": "renamed", "title": "Dinner"}),
        ("add", ["charlie"], "alice bob dora charlie", "Alice added Charlie.",
         {"event": "added", "users": ["charlie"]}),
        ("remove", ["bob"], "alice bob dora", "Alice removed Bob.", {"event": "removed", "users": ["bob"]}),
        ("leave", [], "alice bob dora", "Alice left. Bob owns the group now.", {"event": "left", "owner": "bob"}),
        ("admin", ["dora"], "alice bob dora", "Alice made Dora an admin.",
         {"event": "role", "user": "dora", "role": "admin"}),
        ("member", ["bob"], "alice bob dora", "Bob is no admin any more.",
         {"event": "role", "user": "bob", "role": "member"}),
        ("owner", ["dora"], "alice bob dora", "Alice handed the group over to Dora.",
         {"event": "role", "user": "dora", "role": "owner"}),
    ],
)  # fmt: skip
def test_each_change_is_said_in_the_group_and_in_everybodys_inbox(
    alice, bob, charlie, dora, lunch, draft, name, args, to, body, data
):
    say(draft(bob, lunch, "before"))
    people = {user.username: user for user in (alice, bob, charlie, dora)}
    events = act(name, alice, lunch, *(people.get(arg, arg) for arg in args))
    ids = {key: [people[one].pk for one in value] if isinstance(value, list) else
           people[value].pk if value in people else value for key, value in data.items()}  # fmt: skip
    assert last(lunch) == (body, {"actor": alice.pk, **ids})
    lunch.refresh_from_db()
    assert lunch.last_number == 2
    assert events.keys() == {people[username].pk for username in to.split()}
    for user_id, [event] in events.items():
        delivery = Delivery.objects.get(recipient=user_id, seq=event.seq)
        assert (delivery.message.number, delivery.status, event.event) == (2, "unsent", "message")
        shown = json.loads(event.message)
        assert (shown["kind"], shown["sender"], shown["body"]) == ("system", None, body)
        assert shown == json.loads(reading.inbox_page(user_id=user_id, after=event.seq - 1, limit=1)[0].message)
    assert_seqs_whole()


def test_a_group_begins_with_a_word_to_everybody(alice, bob, dora):
    made, events = groups.create(creator_id=alice.pk, title=" Lunch\n today ", user_ids=[bob.pk, dora.pk, alice.pk])
    group = Conversation.objects.get(pk=made)
    assert (group.kind, group.title, group.last_number) == ("group", "Lunch today", 1)
    assert roles(group) == {"alice": "owner", "bob": "member", "dora": "member"}
    body, data = last(group)
    assert body == "Alice made the group “Lunch today” with Bob and Dora."
    assert data == {"event": "created", "actor": alice.pk, "title": "Lunch today", "users": [bob.pk, dora.pk]}
    assert events.keys() == {alice.pk, bob.pk, dora.pk}
    assert_seqs_whole()


def test_a_group_of_oneself_and_of_people_without_inboxes(alice, bob):
    Inbox.objects.all().delete()
    alone, _ = groups.create(creator_id=alice.pk, title="Notes", user_ids=[])
    assert last(Conversation.objects.get(pk=alone))[0] == "Alice made the group “Notes”."
    _, events = groups.create(creator_id=alice.pk, title="Both", user_ids=[bob.pk])
    assert events.keys() == {alice.pk, bob.pk}
    assert counters(bob) == (1, 0)


def test_of_many_the_sentence_gives_the_number(alice, group):
    act("add", alice, group, *(make_user(f"guest{n}") for n in range(6)))
    assert last(group)[0] == "Alice added 6 people."


def test_who_changes_it_has_read_it_and_the_others_have_not(alice, bob, lunch, draft):
    say(draft(bob, lunch, "before"))
    act("rename", alice, lunch, "Dinner")
    unread = {user: reading.standing(user_id=user.pk).unread for user in (alice, bob)}
    assert unread == {alice: 0, bob: 1}


# What they do


def test_a_title(alice, lunch):
    act("rename", alice, lunch, "  Dinner \n at eight ")
    lunch.refresh_from_db()
    assert lunch.title == "Dinner at eight"


def test_who_is_handed_the_group_owns_it_and_the_owner_becomes_an_admin(alice, dora, lunch):
    act("owner", alice, lunch, dora)
    assert roles(lunch) == {"alice": "admin", "bob": "admin", "dora": "owner"}


def test_an_owner_who_leaves_is_followed_by_the_oldest_admin(alice, bob, charlie, dora, lunch):
    act("add", alice, lunch, charlie)
    act("admin", alice, lunch, charlie)
    act("leave", alice, lunch)
    assert roles(lunch) == {"bob": "owner", "charlie": "admin", "dora": "member"}


def test_or_by_the_oldest_member(alice, bob, dora, group):
    Member.objects.filter(user=bob).update(joined_at=timezone.now() + timedelta(seconds=1))
    act("leave", alice, group)
    assert roles(group) == {"bob": "member", "dora": "owner"}


def test_the_last_one_leaves_a_group_that_is_nobodys(alice, bob, dora, group):
    for user in (alice, bob, dora):
        events = act("leave", user, group)
    assert events.keys() == {dora.pk}
    assert roles(group) == {}
    with pytest.raises(NoSuchConversation):
        act("add", dora, group, alice)


def test_the_same_again_says_nothing(alice, bob, dora, lunch):
    before = everything()
    assert act("rename", alice, lunch, "Lunch") == {}
    assert act("add", alice, lunch, bob, dora) == {}
    assert act("admin", alice, lunch, bob) == {}
    assert act("owner", alice, lunch, alice) == {}
    assert everything() == before


def test_only_who_is_new_is_added(alice, bob, charlie, group):
    act("add", alice, group, bob, charlie)
    assert last(group)[1]["users"] == [charlie.pk]


# Who comes, goes and comes back


def test_who_comes_sees_the_history_and_none_of_it_is_unread(alice, bob, charlie, group, draft):
    say(draft(alice, group, "before"))
    act("add", alice, group, charlie)
    seen = reading.history(user_id=charlie.pk, conversation_id=group.pk)
    assert [message.body for message in seen] == ["before", "Alice added Charlie."]
    assert reading.standing(user_id=charlie.pk).unread == 1  # that one
    assert counters(charlie) == (1, 0)


@pytest.mark.parametrize("how", ["leave", "remove"])
def test_who_is_out_gets_that_as_the_last_entry_and_sees_nothing_more(alice, bob, group, draft, how):
    events = act("leave", bob, group) if how == "leave" else act("remove", alice, group, bob)
    assert [event.seq for event in events[bob.pk]] == [1]
    say(draft(alice, group, "without Bob"))
    assert counters(bob) == (1, 0)
    with pytest.raises(NoSuchConversation):
        reading.history(user_id=bob.pk, conversation_id=group.pk)
    with pytest.raises(NotFound):
        reading.message(user_id=bob.pk, message_id=group.messages.first().pk)
    assert listing.conversations(user_id=bob.pk, limit=10).results == []
    assert reading.standing(user_id=bob.pk).unread == 0
    with pytest.raises(NoSuchConversation):
        act("rename", bob, group, "Mine")


def test_who_comes_back_is_a_member_like_others_and_sees_what_was_said_meanwhile(alice, bob, lunch, draft):
    act("remove", alice, lunch, bob)
    say(draft(alice, lunch, "meanwhile"))
    act("add", alice, lunch, bob)
    assert roles(lunch)["bob"] == "member"
    seen = reading.history(user_id=bob.pk, conversation_id=lunch.pk)
    assert [message.body for message in seen] == ["Alice removed Bob.", "meanwhile", "Alice added Bob."]
    assert reading.standing(user_id=bob.pk).unread == 1
    bodies = [json.loads(event.message)["body"] for event in reading.inbox_page(user_id=bob.pk, after=0, limit=9)]
    assert bodies == ["Alice removed Bob.", "Alice added Bob."]
    assert Member.objects.filter(conversation=lunch, user=bob).count() == 1


# Who may: the table of docs/protocol.md

MAY = {
    ("rename", "x"): "alice bob",
    ("add", "charlie"): "alice bob",
    ("remove", "dora"): "alice bob",
    ("remove", "bob"): "alice",
    ("remove", "alice"): "",
    ("admin", "dora"): "alice",
    ("member", "bob"): "alice",
    ("owner", "dora"): "alice",
}


@pytest.mark.parametrize("change", MAY)
@pytest.mark.parametrize("actor", ["alice", "bob", "dora", "charlie", "victor"])
def test_who_may(alice, bob, charlie, dora, lunch, change, actor):
    """Alice owns the group, Bob is an admin, Dora a member; Charlie is a stranger, and Victor was in it."""
    victor = make_user("victor")
    Member.objects.create(conversation=lunch, user=victor, left_at=timezone.now())
    people = {user.username: user for user in (alice, bob, charlie, dora, victor)}
    name, *args = change
    before = everything()

    def do():
        return act(name, people[actor], lunch, *(people.get(arg, arg) for arg in args))

    if actor in MAY[change].split():
        assert do()
        return
    if people[actor] == people.get(args[0]):  # to remove oneself is to leave
        assert name != "remove" or do()
        return
    with pytest.raises(NoSuchConversation if actor in ("charlie", "victor") else Forbidden):
        do()
    assert everything() == before


@pytest.mark.parametrize("actor", ["alice", "bob", "dora"])
def test_everybody_may_leave_mute_and_pin(alice, bob, dora, lunch, actor):
    user = {"alice": alice, "bob": bob, "dora": dora}[actor]
    groups.mute(user_id=user.pk, conversation_id=lunch.pk, muted=True)
    groups.pin(user_id=user.pk, conversation_id=lunch.pk, pinned=True)
    assert Member.objects.get(muted=True, pinned=True).user == user
    assert Member.objects.filter(pinned=True).count() == 1
    assert not Message.objects.exists()
    act("leave", user, lunch)
    assert actor not in roles(lunch)
    with pytest.raises(NoSuchConversation):
        groups.mute(user_id=user.pk, conversation_id=lunch.pk, muted=False)
    with pytest.raises(NoSuchConversation):
        groups.pin(user_id=user.pk, conversation_id=lunch.pk, pinned=False)


@pytest.mark.parametrize("change", MAY)
def test_a_direct_conversation_is_not_changed(alice, bob, charlie, dora, direct, change):
    people = {"alice": alice, "bob": bob, "charlie": charlie, "dora": dora}
    name, *args = change
    with pytest.raises(Forbidden):
        act(name, alice, direct, *(people.get(arg, arg) for arg in args))
    with pytest.raises(Forbidden):
        act("leave", alice, direct)


def test_nobody_is_told_of_a_member_who_is_none(alice, charlie, group):
    for name in ("remove", "admin", "owner"):
        with pytest.raises(NotFound):
            act(name, alice, group, charlie)


def test_an_owner_stays_one_until_another_is_found(alice, group):
    for role in ("admin", "member"):
        with pytest.raises(Invalid):
            act(role, alice, group, alice)


# What is refused


@pytest.mark.parametrize(
    ("title", "error"), [("", Invalid), (" \n", Invalid), ("\0", Invalid), ("\ud800", Invalid), ("x" * 201, TooLarge)]
)
def test_a_title_is_a_line_of_text(alice, group, title, error):
    with pytest.raises(error):
        act("rename", alice, group, title)
    with pytest.raises(error):
        groups.create(creator_id=alice.pk, title=title, user_ids=[])


def test_who_does_not_exist_cannot_be_added(alice, bob, charlie, group):
    inactive = User.objects.create(username="inactive", is_active=False)
    before = everything()
    for ids in ([2**40], [charlie.pk, 2**40], [inactive.pk]):
        with pytest.raises(NoSuchUser):
            groups.add(actor_id=alice.pk, conversation_id=group.pk, user_ids=ids)
        with pytest.raises(NoSuchUser):
            groups.create(creator_id=alice.pk, title="x", user_ids=ids)
    assert everything() == before


def test_a_group_has_a_size(alice, bob, charlie, group, settings):
    settings.IM_GROUP_MEMBERS = 3
    with pytest.raises(TooLarge):
        act("add", alice, group, charlie)
    with pytest.raises(TooLarge):
        groups.create(creator_id=alice.pk, title="x", user_ids=[bob.pk, charlie.pk, make_user("victor").pk])
    settings.IM_GROUP_MEMBERS = 4
    act("add", alice, group, charlie)


def test_changes_count_among_what_one_sends_in_a_minute(alice, group, settings):
    settings.IM_SENDS_PER_MINUTE = 2
    act("rename", alice, group, "1")
    act("rename", alice, group, "2")
    before = everything()
    with pytest.raises(RateLimited) as refused:
        act("rename", alice, group, "3")
    assert 0 < refused.value.retry_after <= 60
    assert everything() == before


def test_there_is_no_such_role(alice, bob, group):
    with pytest.raises(Invalid):
        act("queen", alice, group, bob)


# What it costs


def test_a_change_costs_as_many_queries_in_any_group(alice, group):
    crowd = [make_user(f"guest{n}") for n in range(30)]
    counted = []
    for some in (crowd[:1], crowd[1:]):
        with CaptureQueriesContext(connection) as queries:
            act("add", alice, group, *some)
        counted.append(len(queries))
    assert counted[0] == counted[1] <= 20
