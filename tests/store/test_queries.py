"""How many queries a list of drafts costs: as many as one draft."""

import re
from dataclasses import replace
from uuid import uuid4

import msgspec
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messages_store.drafts import Draft
from messages_store.models import Inbox, Message
from messages_store.services import conversations, sending
from messages_store.services.resuming import Place, inbox_pages
from messages_store.services.sending import Accepted
from tests.conftest import make_user

pytestmark = pytest.mark.django_db

# Savepoint, conversations, members, sent before, inboxes, release; and the writing: one statement, or five.
PLAIN = 7 if connection.vendor == "postgresql" else 11


@pytest.fixture
def friends(alice) -> list:
    return [make_user(f"friend{n}") for n in range(20)]


@pytest.fixture
def groups(alice, friends) -> list:
    return [
        conversations.create_group(creator=alice, title=str(n), members=friends[n % 7 : n % 7 + 5]) for n in range(20)
    ]


def spread(sender, places, count: int, **fields) -> list[Draft]:
    """So many drafts over these conversations."""
    return [
        Draft(sender=sender.pk, client_id=uuid4(), body="hello", conversation=places[n % len(places)].pk, **fields)
        for n in range(count)
    ]


def cost(drafts: list[Draft]) -> tuple[int, int]:
    """Queries, and how many of the drafts were accepted."""
    with CaptureQueriesContext(connection) as queries:
        outcomes = sending.send(drafts).outcomes
    return len(queries), sum(isinstance(outcome, Accepted) for outcome in outcomes)


@pytest.mark.parametrize("places", [1, 20])
@pytest.mark.parametrize("count", [1, 10, 200])
def test_any_number_of_drafts_costs_as_much_as_one(alice, groups, count, places):
    assert cost(spread(alice, groups[:places], count)) == (PLAIN, count)


def test_the_statements_with_tables_are_counted(alice, groups):
    """They go past Django's usual cursor; the numbers here would mean nothing if they were not logged."""
    with CaptureQueriesContext(connection) as queries:
        sending.send(spread(alice, groups, 1))
    for words in ("FOR NO KEY UPDATE", "json_to_recordset") if connection.vendor == "postgresql" else ("json_each",):
        assert sum(words in query["sql"] for query in queries) >= 2
    assert any("INSERT INTO messages_store_delivery" in query["sql"] for query in queries)


@pytest.mark.parametrize("count", [1, 10, 200])
def test_drafts_that_answer_cost_one_more(alice, groups, count):
    (said,) = sending.send(spread(alice, groups[:1], 1)).outcomes
    assert cost(spread(alice, groups[:1], count, reply_to=said.message)) == (PLAIN + 1, count)


@pytest.mark.parametrize("count", [1, 10, 200])
def test_drafts_to_people_cost_one_more_once_the_conversations_are_there(alice, friends, count):
    conversations.open_directs((alice.pk, friend.pk) for friend in friends)
    assert cost(to_people(alice, friends, count)) == (PLAIN + 1, count)


@pytest.mark.parametrize("count", [1, 10, 200])
def test_opening_conversations_costs_the_same_for_any_number(alice, friends, count):
    assert cost(to_people(alice, friends, count)) == (PLAIN + 9, count)


def to_people(sender, people, count: int) -> list[Draft]:
    return [
        Draft(sender=sender.pk, client_id=uuid4(), body="hello", to=people[n % len(people)].pk) for n in range(count)
    ]


@pytest.mark.parametrize("count", [1, 10, 200])
def test_drafts_that_were_sent_before_cost_less(alice, groups, count):
    drafts = spread(alice, groups, count)
    sending.send(drafts)
    assert cost(drafts) == (6, count)  # between two savepoints: conversations, members, which, and what they were


@pytest.mark.parametrize("count", [10, 200])
def test_repeated_and_failing_drafts_among_others_cost_two_more(alice, charlie, groups, count):
    old = spread(alice, groups, count)
    sending.send(old)
    new = spread(alice, groups, count)
    failing = [
        *spread(charlie, groups, count),
        *(replace(draft, body="") for draft in new),
        *(replace(draft, client_id=uuid4(), reply_to=2**40) for draft in new),
        *(replace(draft, body="else") for draft in old),
        *(replace(draft, client_id=uuid4(), conversation=2**40) for draft in new),
    ]
    assert cost([*new, *failing, *old, *new]) == (PLAIN + 2, 3 * count)
    assert Message.objects.count() == 2 * count


def test_what_cannot_be_sent_at_all_costs_nothing(alice, groups, django_assert_num_queries):
    with django_assert_num_queries(0):
        sending.send(spread(alice, groups, 10, kind="system"))


def test_missing_inboxes_cost_a_few_more_once(alice, friends, groups):
    Inbox.objects.all().delete()
    queries, _ = cost(spread(alice, groups, 20))
    assert queries <= PLAIN + 10
    assert cost(spread(alice, groups, 20)) == (PLAIN, 20)


def test_a_page_of_an_inbox_is_found_by_the_index(alice, friends):
    """However the statistics are: a device that comes back must not read everybody's entries."""
    group = conversations.create_group(creator=alice, title="all", members=friends)
    for _ in range(2):
        sending.send(spread(alice, [group], 200))
    place = Place(friends[3].pk, 390, 64)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with CaptureQueriesContext(connection) as queries:
        assert len(inbox_pages(places=[place])[place]) == 10
    assert not [step for step in plan(queries[0]["sql"], place) if SCAN.search(step)]


SCAN = re.compile(r"Seq Scan on messages_store_delivery|SCAN d\b")


def plan(statement: str, place: Place) -> list[str]:
    """The steps by which the database answers it."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("EXPLAIN QUERY PLAN " + statement)
        else:
            parameters = msgspec.json.encode([place._asdict()]).decode()
            cursor.execute("EXPLAIN " + statement.replace("$1", "%s"), [parameters])
        return [str(row) for row in cursor.fetchall()]
