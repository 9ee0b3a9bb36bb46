"""Nodes as leases: they count while they beat, and whoever notices first sweeps them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.models import Connection, Node
from chat.services import connections, nodes
from messages_store.models import Outage
from tests.conftest import make_user

from .leases import come, last_seen, live, opening, silent_for, start
from .test_concurrency import together

pytestmark = pytest.mark.django_db


def test_a_node_counts_from_its_start(alice):
    node = start()
    assert Node.objects.alive().get().pk == node
    assert come(node, opening(alice)) == live()


def test_after_three_beats_of_silence_it_has_lapsed_at_once(alice, settings):
    settings.IM_BEAT_SECONDS = 300
    node = start()
    (id,) = come(node, opening(alice))
    silent_for(node, 2.9 * settings.IM_BEAT_SECONDS)
    assert live() == [id]
    silent_for(node, 3 * settings.IM_BEAT_SECONDS)
    assert live() == []
    assert not Node.objects.alive().exists()
    assert Connection.objects.exists()  # nobody has swept it


def test_a_beat_keeps_it_and_brings_the_counters(settings):
    node = start()
    silent_for(node, 2 * settings.IM_BEAT_SECONDS)
    assert nodes.beat(node_id=node, counters={"connections": 7})
    assert Node.objects.get().counters == {"connections": 7}
    age = datetime.now(UTC) - Node.objects.get().beat_at
    assert timedelta(0) <= age < timedelta(seconds=settings.IM_BEAT_SECONDS)


def test_a_beat_is_one_write(django_assert_num_queries):
    node = start()
    with django_assert_num_queries(1):
        nodes.beat(node_id=node, counters={})


def test_a_beat_tells_a_node_that_it_was_swept(settings):
    node = start()
    silent_for(node, 60)
    nodes.sweep()
    assert not nodes.beat(node_id=node, counters={})
    assert not Node.objects.exists()


def test_the_sweep_takes_the_lapsed_with_its_connections_and_nothing_else(alice, bob):
    one, two = start("one"), start("two")
    come(one, opening(alice), opening(alice), opening(bob))
    stays = come(two, opening(alice))
    silent_for(one, 60)
    assert nodes.sweep() == {alice.pk, bob.pk}
    assert Node.objects.get().pk == two
    assert list(Connection.objects.values_list("pk", flat=True)) == stays
    assert nodes.sweep() == set()


def test_a_node_that_died_leaves_word_since_when(alice):
    """What it stored after its last beat, it may not have rung."""
    one, _two = start("one"), start("two")
    silent_for(one, 60)
    beat_at = Node.objects.get(pk=one).beat_at
    nodes.sweep()
    outage = Outage.objects.get()
    assert (outage.node.name, outage.reason, outage.began_at) == ("one", "died", beat_at)
    assert abs(datetime.now(UTC) - outage.ended_at) < timedelta(seconds=10)


def test_a_node_that_leaves_leaves_no_word():
    nodes.leave(node_id=start())
    assert not Outage.objects.exists()


def test_what_is_swept_was_last_seen_when_it_did_something(alice):
    node = start()
    come(node, opening(alice))
    seen = datetime.now(UTC) - timedelta(hours=1)
    Connection.objects.update(seen_at=seen)
    silent_for(node, 60)
    nodes.sweep()
    assert last_seen([alice]) == {alice.pk: seen}


def test_a_later_memory_is_kept(alice):
    node = start()
    old, new = opening(alice), opening(alice)
    come(node, old, new)
    Connection.objects.filter(pk=old.id).update(seen_at=datetime.now(UTC) - timedelta(hours=1))
    connections.close(connection_ids=[new.id])
    (before,) = last_seen([alice]).values()
    silent_for(node, 60)
    nodes.sweep()
    assert last_seen([alice]) == {alice.pk: before}


def test_without_anything_to_sweep_it_is_one_query(django_assert_num_queries):
    start()
    with django_assert_num_queries(1):
        nodes.sweep()


def test_a_sweep_costs_the_same_for_any_number_of_connections():
    costs = []
    for size in (1, 50):
        node = start()
        come(node, *(opening(make_user(f"u{size}-{n}")) for n in range(size)))
        silent_for(node, 60)
        with CaptureQueriesContext(connection) as queries:
            assert len(nodes.sweep()) == size
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 13  # two of them leave word for the trace


def test_a_node_started_again_under_its_name_is_another_one(alice):
    first = start("one")
    old = come(first, opening(alice))
    second = start("one")
    new = come(second, opening(alice))
    silent_for(first, 60)
    assert live() == new
    nodes.beat(node_id=second, counters={})
    nodes.sweep()
    assert live() == new
    assert old != new


def test_who_leaves_takes_its_connections_along(alice):
    node = start()
    come(node, opening(alice))
    assert nodes.leave(node_id=node) == {alice.pk}
    assert not Node.objects.exists()
    assert nodes.leave(node_id=node) == set()
    assert set(last_seen([alice])) == {alice.pk}


@pytest.mark.django_db(transaction=True)
def test_of_two_sweepers_one_wins(alice, bob):
    for _round in range(5):
        node = start()
        come(node, opening(alice), opening(bob))
        silent_for(node, 60)
        swept = together(*[nodes.sweep] * 4)
        assert sorted(map(len, swept)) == [0, 0, 0, 2]


@pytest.mark.django_db(transaction=True)
def test_a_node_that_beats_while_it_is_swept_is_either_there_or_told(alice, settings):
    settings.IM_BEAT_SECONDS = 15  # of the rounds before, none lapses meanwhile
    for _round in range(10):
        node = start()
        come(node, opening(alice))
        silent_for(node, 60)
        kept, swept = together(lambda node=node: nodes.beat(node_id=node, counters={}), nodes.sweep)
        assert kept == Node.objects.filter(pk=node).exists() == Connection.objects.filter(node=node).exists()
        assert kept != bool(swept)
