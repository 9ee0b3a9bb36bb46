"""How somebody is, and for whom that is to know."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.models import Connection, LastSeen
from chat.models.cluster import ago
from chat.services import connections, nodes, presence
from chat.services.connections import Change
from chat.services.presence import UNKNOWN, Presence
from messages_store.models import Member
from messages_store.services import conversations
from tests.conftest import make_user

from .leases import come, opening, silent_for, start

pytestmark = pytest.mark.django_db


def state(user) -> tuple[bool, bool]:
    how = presence.of(user_ids=[user.pk])[user.pk]
    return how.online, how.away


def idle(id: str, is_idle: bool) -> None:
    connections.note(changes=[Change(id, 0, 0, idle=is_idle, seen=False)])


def test_nobody_ever_saw_somebody_who_never_came(alice):
    assert presence.of(user_ids=[alice.pk, 2**40]) == {alice.pk: UNKNOWN, 2**40: UNKNOWN}


def test_online_by_any_connection_and_away_when_all_are_idle(alice):
    phone, desktop = come(start(), opening(alice), opening(alice))
    assert state(alice) == (True, False)
    idle(phone, True)
    assert state(alice) == (True, False)
    idle(desktop, True)
    assert state(alice) == (True, True)
    idle(phone, False)
    assert state(alice) == (True, False)


def test_who_left_is_online_for_a_moment_longer(alice, settings):
    (id,) = come(start(), opening(alice))
    connections.close(connection_ids=[id])
    how = presence.of(user_ids=[alice.pk])[alice.pk]
    assert (how.online, how.settling) == (True, True)
    LastSeen.objects.update(at=ago(settings.IM_PRESENCE_GRACE_SECONDS))
    how = presence.of(user_ids=[alice.pk])[alice.pk]
    assert how == Presence(last_seen=LastSeen.objects.get().at)


def test_who_comes_back_within_it_was_never_gone(alice):
    node = start()
    (id,) = come(node, opening(alice))
    connections.close(connection_ids=[id])
    come(node, opening(alice))
    how = presence.of(user_ids=[alice.pk])[alice.pk]
    assert (how.online, how.settling) == (True, False)


def test_a_lapsed_node_holds_nobody(alice):
    node = start()
    come(node, opening(alice))
    Connection.objects.update(seen_at=ago(3_600))
    silent_for(node, 60)
    assert state(alice) == (False, False)
    nodes.sweep()
    how = presence.of(user_ids=[alice.pk])[alice.pk]
    assert not how.online
    assert timedelta(minutes=59) < datetime.now(UTC) - how.last_seen < timedelta(minutes=61)


def test_it_costs_the_same_for_1_and_for_200(alice, django_assert_num_queries):
    people = [make_user(f"u{n}") for n in range(200)]
    come(start(), *map(opening, people))
    for some in (people[:1], people):
        with django_assert_num_queries(2):
            found = presence.of(user_ids=[one.pk for one in some])
        assert all(how.online for how in found.values())


# For whom


def test_people_of_one_conversation_see_each_other(alice, bob, charlie, direct):
    a, b, c = alice.pk, bob.pk, charlie.pk
    pairs = {(a, b), (b, a), (a, c), (c, a), (c, c), (a, 2**40)}
    assert presence.visible(pairs=pairs) == {(a, b), (b, a), (c, c)}


def test_who_left_the_conversation_sees_and_is_seen_no_more(alice, bob, dora, group):
    Member.objects.filter(user=bob).update(left_at=ago(1))
    pairs = {(alice.pk, bob.pk), (bob.pk, alice.pk), (alice.pk, dora.pk)}
    assert presence.visible(pairs=pairs) == {(alice.pk, dora.pk)}


def test_a_stranger_is_told_of_nobody_who_is_there(alice, charlie):
    come(start(), opening(alice))
    assert presence.seen_by(viewer_id=charlie.pk, user_ids=[alice.pk]) == {alice.pk: UNKNOWN}
    assert presence.seen_by(viewer_id=alice.pk, user_ids=[alice.pk])[alice.pk].online


def test_any_number_of_pairs_is_one_query(alice, django_assert_num_queries):
    people = [make_user(f"u{n}") for n in range(50)]
    conversations.create_group(creator=alice, title="All", members=people)
    with django_assert_num_queries(1):
        assert len(presence.visible(pairs=[(alice.pk, one.pk) for one in people])) == 50


# Typing


def test_the_others_listen(alice, bob, dora, group):
    assert {key: set(others) for key, others in listeners((alice, group)).items()} == {
        (alice.pk, group.pk): {bob.pk, dora.pk}
    }


def test_nobody_listens_to_a_stranger_or_to_who_left(alice, bob, charlie, direct, group):
    Member.objects.filter(user=bob, conversation=group).update(left_at=ago(1))
    assert listeners((charlie, direct), (bob, group), (bob, direct)) == {(bob.pk, direct.pk): [alice.pk]}
    assert presence.listeners(typing=[(alice.pk, 2**40)], at_most=50) == {}


def test_large_conversations_do_not_listen(alice, group):
    assert listeners((alice, group), at_most=2) == {}
    assert listeners((alice, group), at_most=3) != {}


def test_any_number_of_typists_is_one_query(alice, bob, direct, group):
    with CaptureQueriesContext(connection) as queries:
        assert len(listeners((alice, direct), (bob, direct), (alice, group), (bob, group))) == 4
    assert len(queries) == 1


def listeners(*typing, at_most: int = 50) -> dict:
    return presence.listeners(typing=[(user.pk, place.pk) for user, place in typing], at_most=at_most)
