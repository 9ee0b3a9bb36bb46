"""The admin's page of the cluster, and its list of connections."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from chat.models import Connection, Node
from chat.protocol import Close
from chat.services import nodes
from messages_store.models import Message, Notification, User
from messages_store.notices import Notice
from messages_store.services import notifying, reading, receipts, sending
from tests.conftest import make_user

from .leases import come, opening, silent_for, start

pytestmark = pytest.mark.django_db
CLUSTER, LIST = (f"admin:chat_{model}_changelist" for model in ("node", "connection"))


def page(client, name: str, **parameters):
    response = client.get(reverse(name), parameters)
    assert response.status_code == 200
    return response


def cost(client, name: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        page(client, name)
    return len(queries)


def fill(size: int) -> None:
    for n in range(size):
        come(start(f"node {n} of {size}"), opening(make_user(f"u{n}-{size}")))


@pytest.mark.parametrize("name", [CLUSTER, LIST])
def test_it_costs_the_same_for_5_and_for_50(admin_client, name):
    fill(5)
    cost(admin_client, name)
    few = cost(admin_client, name)
    fill(45)
    assert cost(admin_client, name) == few


def test_the_cluster_as_it_is(admin_client, alice, settings):
    one, two, dead = start("one"), start("two"), start("dead")
    come(one, opening(alice), opening(alice))
    nodes.beat(node_id=one, counters={"sends_waiting": 17, "stored_per_second": 4.5})
    nodes.drain(node_id=two)
    silent_for(dead, 60)
    response = page(admin_client, CLUSTER)
    shown = {node.name: (node.has_lapsed, node.draining, node.connection_count) for node in response.context["nodes"]}
    assert shown == {"one": (False, False, 2), "two": (False, True, 0), "dead": (True, False, 0)}
    assert [word in response.text for word in ("lapsed", "draining", "alive", ">17<", "4.5")] == [True] * 5
    assert 'data-refresh="5"' in response.text


def test_the_oldest_unsent_delivery(admin_client, alice, bob, direct, draft):
    assert "none" in oldest(admin_client)
    sending.send([draft(alice, direct)])
    Message.objects.update(created_at=Message.objects.get().created_at - timedelta(minutes=2))
    assert "2\xa0minutes" in oldest(admin_client)
    receipts.ack(user_id=bob.pk, seq=1)
    assert "none" in oldest(admin_client)


def test_what_takes_too_long_to_tell_is_no_crash(admin_client, monkeypatch):
    def canceled():
        raise OperationalError("canceling statement due to statement timeout")

    monkeypatch.setattr(reading, "oldest_unsent", canceled)
    assert "too long" in oldest(admin_client)


def test_a_notification_that_no_worker_delivers(admin_client, alice, bob, monkeypatch):
    monkeypatch.setattr(notifying, "CHUNK", 1)
    assert "none" in oldest(admin_client, "unfinished")
    notifying.notify(sender_id=None, notice=Notice(title="x", users=(alice.pk, bob.pk)))
    Notification.objects.update(created_at=Notification.objects.get().created_at - timedelta(minutes=2))
    assert "2\xa0minutes" in oldest(admin_client, "unfinished")


def oldest(client, which: str = "unsent") -> str:
    return page(client, CLUSTER).text.split(f'id="oldest-{which}">')[1].split("</strong>")[0]


def test_an_empty_cluster(admin_client):
    assert "No node is running." in page(admin_client, CLUSTER).text


def test_connections_are_found_by_user_and_by_node(admin_client, alice, bob):
    come(start("north"), opening(alice))
    come(start("south"), opening(bob), opening(alice))

    def found(**parameters) -> list:
        rows = page(admin_client, LIST, **parameters).context["cl"].result_list
        return sorted((row.user.username, row.node.name) for row in rows)

    assert found(q="bob") == [("bob", "south")]
    assert found(q="north") == [("alice", "north")]
    assert found(q="alice south") == [("alice", "south")]
    assert found(node__id__exact=Node.objects.get(name="north").pk) == [("alice", "north")]


def disconnect(client, *ids: str):
    return client.post(reverse(LIST), {"action": "disconnect", "_selected_action": ids}, follow=True)


def test_disconnect_asks_for_the_end(admin_client, alice):
    one, two, _three = come(start(), opening(alice), opening(alice), opening(alice))
    assert "2 connections are closing" in disconnect(admin_client, one, two).text
    assert set(Connection.objects.filter(ending=Close.ENDED).values_list("pk", flat=True)) == {one, two}


def test_who_may_only_look_cannot_disconnect(client, alice):
    (id,) = come(start(), opening(alice))
    looker = User.objects.create(username="looker", is_staff=True)
    looker.user_permissions.set(Permission.objects.filter(codename__in=["view_connection"]))
    client.force_login(looker)
    disconnect(client, id)
    assert Connection.objects.get().ending is None
    assert client.get(reverse(CLUSTER)).status_code == 403
