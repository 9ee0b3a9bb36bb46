"""Connections as rows: a list of any length in one transaction, decided under the locks of its users."""

import random
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from chat.models import Connection, Node
from chat.protocol import Close
from chat.services import connections, nodes
from chat.services.connections import REPLACED, TAKEN, TOO_MANY, Change, LeaseLost
from messages_store.models import Inbox, User
from messages_store.services import inboxes
from tests.conftest import make_user

from .leases import come, last_seen, live, opening, silent_for, start
from .test_concurrency import together

pytestmark = pytest.mark.django_db


@pytest.fixture
def policy(settings):
    """Choose the policy of all users."""

    def choose(name: str, kind: str = "user") -> None:
        settings.IM_SESSION_POLICY = {kind: name}

    return choose


def open_on(node_id, *openings):
    return connections.open(node_id=node_id, openings=openings)


def cost(do) -> int:
    with CaptureQueriesContext(connection) as queries:
        do()
    return len(queries)


def test_what_is_written(alice):
    node = start()
    (id,) = come(node, opening(alice, "phone", device_kind="ios", address="192.0.2.1", cursor=5))
    row = Connection.objects.get()
    assert (row.pk, row.node_id, row.user, row.device_id, row.device_kind) == (id, node, alice, "phone", "ios")
    assert (row.address, row.cursor, row.acked, row.idle, row.ending) == ("192.0.2.1", 5, 5, False, None)
    assert row.opened_at == row.seen_at


def test_a_list_costs_the_same_for_1_and_for_200():
    node = start()
    people = [make_user(f"u{n}") for n in range(200)]
    few = cost(lambda: come(node, opening(people[0], address="192.0.2.1")))
    many = cost(lambda: come(node, *(opening(one, address="192.0.2.1") for one in people)))
    assert many == few <= 8
    known = cost(lambda: come(node, *(opening(one, address="192.0.2.1") for one in people)))
    assert known == many - 1  # their devices are there already


def test_replacing_costs_the_same_for_1_and_for_200(policy):
    policy("newest_only")
    node = start()
    people = [make_user(f"u{n}") for n in range(200)]
    come(node, *map(opening, people))
    few = cost(lambda: come(node, opening(people[0])))
    many = cost(lambda: come(node, *map(opening, people)))
    assert many == few <= 8
    assert len(live()) == 200


def test_the_answer_that_was_lost_comes_again(alice, policy):
    policy("newest_only")
    node = start()
    one = opening(alice)
    assert come(node, one) == come(node, one) == live()


def test_who_is_no_user_any_more_gets_no_place_and_spoils_nothing(alice, bob):
    node = start()
    gone = opening(alice)
    Inbox.objects.filter(user=alice).delete()
    User.objects.filter(pk=alice.pk).delete()
    refusal, admitted = open_on(node, gone, opening(bob)).outcomes
    assert refusal.code == Close.NOT_AUTHENTICATED
    assert admitted is None


def test_a_node_without_a_lease_is_told(alice):
    node = start()
    Node.objects.all().delete()
    with pytest.raises(LeaseLost):
        open_on(node, opening(alice))


@pytest.mark.parametrize("swept", [True, False])
def test_a_lease_that_is_swept_at_the_last_moment_is_lost_too(alice, monkeypatch, swept):
    """PostgreSQL looks at the commit whether the node is there; what else it refuses is an error as before."""
    node = start()

    def transact(*_):
        if swept:
            Node.objects.all().delete()
        raise IntegrityError

    monkeypatch.setattr(inboxes, "transact", transact)
    with pytest.raises(LeaseLost if swept else IntegrityError):
        connections.open(node_id=node, openings=[opening(alice)])


# Policies


def test_the_replaced_is_marked_and_named(alice, policy):
    policy("newest_only")
    one, two = start("one"), start("two")
    (old,) = come(one, opening(alice))
    opened = open_on(two, opening(alice))
    assert opened.endings == {alice.pk: {old: Close.REPLACED}}
    assert connections.endings(node_id=one) == {old: Close.REPLACED}
    assert connections.endings(node_id=two) == {}
    assert old not in live()


def test_others_are_not_concerned(alice, bob, policy):
    policy("newest_only")
    node = start()
    (his,) = come(node, opening(bob))
    come(node, opening(alice))
    assert his in live()


def test_a_policy_is_for_its_kind_of_user(alice, dora, policy):
    policy("newest_only", kind="agent")
    node = start()
    come(node, opening(alice), opening(alice))
    come(node, opening(dora, user_kind="agent"))
    come(node, opening(dora, user_kind="agent"))
    assert (len(live(alice)), len(live(dora))) == (2, 1)


def test_of_many_in_one_list_one_remains(alice, policy):
    policy("newest_only")
    node = start()
    openings = [opening(alice) for _ in range(10)]
    come(node, *openings)
    assert live() == [openings[-1].id]


def test_who_is_refused_leaves_no_trace(alice, policy):
    policy("refuse_new")
    node = start()
    first = come(node, opening(alice, "phone"))
    opened = open_on(node, opening(alice, "desktop"))
    assert (opened.outcomes, opened.endings) == ([TAKEN], {})
    assert live() == first
    assert Connection.objects.count() == 1


@pytest.mark.parametrize("name", ["newest_only", "refuse_new", "one_per_device_kind"])
def test_a_lapsed_connection_has_no_say_and_does_not_come_to_life_again(alice, policy, name):
    policy(name)
    one, two = start("one"), start("two")
    (old,) = come(one, opening(alice, "phone"))
    silent_for(one, 60)
    (new,) = come(two, opening(alice, "other phone"))
    nodes.beat(node_id=one, counters={})  # it was only frozen
    assert live() == [new]
    assert connections.endings(node_id=one) == {old: Close.REPLACED}


@pytest.mark.parametrize("name", ["newest_only", "one_per_device_kind"])
def test_who_comes_back_after_a_sweep_does_not_push_the_newer_one_out(alice, policy, name):
    policy(name)
    one, two = start("one"), start("two")
    old = opening(alice, "phone")
    come(one, old)
    silent_for(one, 60)
    nodes.sweep()
    new = come(two, opening(alice, "phone"))
    returning = opening(alice, "phone", id=old.id, returning=True)
    assert open_on(start("one"), returning).outcomes == [REPLACED]
    assert live() == new


def test_who_comes_back_after_a_sweep_and_is_alone_has_its_place_again(alice, policy):
    policy("newest_only")
    node = start()
    one = opening(alice)
    come(node, one)
    silent_for(node, 60)
    nodes.sweep()
    assert come(start(), opening(alice, id=one.id, returning=True)) == live() == [one.id]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["newest_only", "refuse_new"])
def test_simultaneous_logins_on_three_nodes_leave_one(alice, policy, name):
    policy(name)
    places = [start(name) for name in ("one", "two", "three")]
    outcomes = together(
        *(lambda n=n: open_on(places[n % 3], opening(alice, f"device {n}")).outcomes[0] for n in range(9))
    )
    assert len(live()) == 1
    assert outcomes.count(None) == (9 if name == "newest_only" else 1)


@pytest.mark.django_db(transaction=True)
def test_lists_that_cross_do_not_deadlock(policy):
    """Each thread replaces what others close and note at this moment."""
    policy("newest_only")
    people = [make_user(f"u{n}") for n in range(60)]
    places = [start(str(n)) for n in range(4)]

    def work(seed: int) -> None:
        chance = random.Random(seed)
        for _round in range(8):
            mine = come(places[seed], *(opening(one) for one in chance.sample(people, 50)))
            chance.shuffle(mine)
            connections.note(changes=[Change(id, 1, 1, idle=False, seen=True) for id in mine])
            connections.close(connection_ids=mine[:25])

    together(*(lambda seed=seed: work(seed) for seed in range(4)))
    for person in people:
        assert len(live(person)) <= 1


# Limits


def test_a_user_has_so_many_connections(alice, bob, settings):
    settings.IM_CONNECTIONS_PER_USER = 3
    node = start()
    assert open_on(node, *(opening(alice) for _ in range(5))).outcomes == [None] * 3 + [TOO_MANY] * 2
    assert open_on(node, opening(bob)).outcomes == [None]
    connections.close(connection_ids=live(alice)[:1])
    assert open_on(node, opening(alice), opening(alice)).outcomes == [None, TOO_MANY]


def test_who_takes_the_place_of_another_needs_no_more_room(alice, settings, policy):
    policy("newest_only")
    settings.IM_CONNECTIONS_PER_USER = 1
    node = start()
    come(node, opening(alice))
    come(node, opening(alice))


def test_an_address_has_so_many_connections_whoever_they_are(alice, bob, settings):
    settings.IM_CONNECTIONS_PER_ADDRESS = 2
    one, two = start("one"), start("two")
    come(one, opening(alice, address="192.0.2.1"), opening(bob, address="192.0.2.1"))
    there = opening(alice, address="192.0.2.1")
    assert open_on(two, there, opening(alice, address="192.0.2.2"), opening(alice)).outcomes == [TOO_MANY, None, None]


def test_what_lapsed_takes_no_room(alice, settings):
    settings.IM_CONNECTIONS_PER_USER = settings.IM_CONNECTIONS_PER_ADDRESS = 1
    node = start()
    come(node, opening(alice, address="192.0.2.1"))
    silent_for(node, 60)
    come(start(), opening(alice, address="192.0.2.1"))


def test_zero_is_no_limit(alice, settings):
    settings.IM_CONNECTIONS_PER_USER = settings.IM_CONNECTIONS_PER_ADDRESS = 0
    come(start(), *(opening(alice, address="192.0.2.1") for _ in range(60)))


# Closing, ending, noting


def test_what_is_closed_is_gone_and_remembered(alice, bob):
    node = start()
    (hers,) = come(node, opening(alice))
    his = come(node, opening(bob))
    assert connections.close(connection_ids=[hers, "no such thing"]) == {alice.pk}
    assert live() == his
    assert set(last_seen([alice, bob])) == {alice.pk}
    assert connections.close(connection_ids=[hers]) == set()


def test_closing_costs_the_same_for_1_and_for_200():
    node = start()
    people = [make_user(f"u{n}") for n in range(201)]
    first, *others = come(node, *map(opening, people))
    few = cost(lambda: connections.close(connection_ids=[first]))
    assert cost(lambda: connections.close(connection_ids=others)) == few <= 5
    assert len(last_seen(people)) == 201


def test_an_end_is_asked_for_once(alice):
    node = start()
    (id,) = come(node, opening(alice))
    assert connections.end(connection_ids=[id, "x"], code=Close.ENDED) == {alice.pk: {id: Close.ENDED}}
    assert connections.end(connection_ids=[id], code=Close.REPLACED) == {}
    assert connections.endings(node_id=node) == {id: Close.ENDED}
    assert live() == []


def test_a_note_writes_what_changed(alice, bob):
    node = start()
    a, b = come(node, opening(alice), opening(bob))
    before = Connection.objects.get(pk=a).seen_at - timedelta(seconds=1)
    Connection.objects.update(seen_at=before)
    connections.note(changes=[Change(a, 7, 5, idle=True, seen=False), Change(b, 9, 9, idle=False, seen=True)])
    a, b = Connection.objects.get(pk=a), Connection.objects.get(pk=b)
    assert (a.cursor, a.acked, a.idle, a.seen_at) == (7, 5, True, before)
    assert (b.cursor, b.acked, b.idle) == (9, 9, False)
    assert b.seen_at > before


def test_a_note_costs_the_same_for_1_and_for_200(alice):
    node = start()
    changes = [Change(id, 1, 1, idle=False, seen=True) for id in come(node, *(opening(alice) for _ in range(50)))]
    few = cost(lambda: connections.note(changes=changes[:1]))
    assert cost(lambda: connections.note(changes=changes)) == few <= 4
