"""The admin's pages: their cost, their search, and that history is only shown."""

import re

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from messages_store.admin import large, rows
from messages_store.models import Conversation, Delivery, Inbox, Message
from messages_store.services import tokens

from .admin_world import crowd, direct, group, listed, people, say

pytestmark = pytest.mark.django_db
MODELS = ["user", "conversation", "message", "delivery", "inbox", "token"]
HISTORY = [Conversation, Message, Delivery, Inbox]


def queries_of(client, address: str) -> tuple[int, object]:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = client.get(address)
    assert response.status_code == 200
    return len(queries), response


def fill(size: int) -> None:
    """So many more of everything: people with tokens, conversations of both kinds, messages."""
    everybody = crowd(size)
    tokens.issue_many(users=everybody)
    for place, one in enumerate(everybody):
        other = everybody[place - 1]
        found = group(f"Group of {one}", [one, other]) if place % 2 else direct(one, other)
        say(found, one, f"hello from {one}")


@pytest.mark.parametrize("model", MODELS)
def test_list_costs_the_same_for_5_and_for_50_rows(admin_client, model):
    address = reverse(f"admin:messages_store_{model}_changelist")
    fill(5)
    queries_of(admin_client, address)  # what is looked up once per process
    few, response = queries_of(admin_client, address)
    assert 5 <= len(response.context["cl"].result_list) <= 10
    fill(45)
    many, response = queries_of(admin_client, address)
    assert len(response.context["cl"].result_list) >= 50
    assert many == few


@pytest.mark.parametrize("model", ["conversation", "message"])
def test_page_costs_the_same_for_5_and_for_50_people(admin_client, model):
    costs = []
    for size in (5, 5, 50):
        members = crowd(size)
        conversation = group("Everybody", members)
        (message,) = say(conversation, members[0], "hello")
        pk = {"conversation": conversation.pk, "message": message}[model]
        cost, response = queries_of(admin_client, reverse(f"admin:messages_store_{model}_change", args=[pk]))
        assert all(member.username in response.text for member in members)
        costs.append(cost)
    assert costs[1] == costs[2]


@pytest.mark.parametrize("model", ["user", "delivery", "inbox"])
def test_every_page_opens(admin_client, model):
    fill(2)
    last = listed(admin_client, model)[0]
    queries_of(admin_client, reverse(f"admin:messages_store_{model}_change", args=[last.pk]))


def test_page_of_a_notification_opens(admin_client):
    """It belongs to no conversation, and the system sent it."""
    notification = Message.objects.create(body="Maintenance at six", created_at=timezone.now())
    listed(admin_client, "message")
    queries_of(admin_client, reverse("admin:messages_store_message_change", args=[notification.pk]))


def test_inline_shows_the_first_ones_only(admin_client, monkeypatch):
    monkeypatch.setattr(rows, "MOST_ROWS", 3)
    members = crowd(5)
    (message,) = say(group("Everybody", members), members[0], "hello")
    _, response = queries_of(admin_client, reverse("admin:messages_store_message_change", args=[message]))
    assert [member.username in response.text for member in members] == [True, True, True, False, False]
    assert f"message__id__exact={message}" in response.text
    assert len(listed(admin_client, "delivery", message__id__exact=str(message))) == 5


def test_long_list_is_not_counted_to_its_end(admin_client, monkeypatch):
    monkeypatch.setattr(large, "MOST_COUNTED", 3)
    fill(5)
    _, response = queries_of(admin_client, reverse("admin:messages_store_message_changelist"))
    assert response.context["cl"].result_count == 3
    assert "The first 3" in response.text


def test_search_that_takes_too_long_is_no_crash(admin_client, monkeypatch):
    canceled = OperationalError("canceling statement due to statement timeout")
    canceled.__cause__ = Exception()
    canceled.__cause__.sqlstate = large.QUERY_CANCELED
    take_results = large.PageOfMany.get_results

    def get_results(page, request):
        if page.query:
            raise canceled
        take_results(page, request)

    monkeypatch.setattr(large.PageOfMany, "get_results", get_results)
    address = reverse("admin:messages_store_message_changelist")
    response = admin_client.get(address, {"q": "needle"}, follow=True)
    assert response.redirect_chain == [(address, 302)]
    assert "That took too long" in response.text


@pytest.mark.parametrize("model", HISTORY)
def test_history_is_read_only(admin_client, model):
    fill(2)
    name, pk = model._meta.model_name, model.objects.latest("pk").pk
    before = list(model.objects.order_by("pk").values())
    for page, arguments in ("add", []), ("change", [pk]), ("delete", [pk]):
        address = reverse(f"admin:messages_store_{name}_{page}", args=arguments)
        assert admin_client.post(address, {"post": "yes"}).status_code == 403
    delete = {"action": "delete_selected", "_selected_action": [pk], "post": "yes"}
    admin_client.post(reverse(f"admin:messages_store_{name}_changelist"), delete)
    assert list(model.objects.order_by("pk").values()) == before


def test_conversations_are_found_by_title_and_by_the_people_in_them(admin_client):
    alice, bob, charlie = people("alice", "bob", "charlie")
    pair, lunch = direct(alice, bob), group("Lunch at noon", [alice, charlie])
    assert [row.name for row in listed(admin_client, "conversation")] == ["Lunch at noon", "alice – bob"]
    assert listed(admin_client, "conversation", q="alice") == [lunch, pair]
    assert listed(admin_client, "conversation", q="alice bob") == [pair]
    assert listed(admin_client, "conversation", q='charlie "at noon"') == [lunch]
    assert listed(admin_client, "conversation", q="bob noon") == []
    assert listed(admin_client, "conversation", q='"') == []


def test_messages_are_listed_with_their_place_sender_and_beginning(admin_client):
    alice, bob = people("alice", "bob")
    say(direct(alice, bob), alice, "hello")
    say(group("Lunch", [alice, bob]), bob, "x" * 1_000)
    row = r'field-where[^>]*>{}<.*field-number">{}<.*field-sender[^>]*>{}<.*field-beginning"><a [^>]*>{}<'
    response = admin_client.get(reverse("admin:messages_store_message_changelist"))
    assert re.search(row.format("Lunch", 1, "bob", "x{59}…"), response.text)
    assert re.search(row.format("alice – bob", 1, "alice", "hello"), response.text)


@pytest.mark.parametrize("query", ["pizza", "alice", "Lunch"])
def test_messages_are_found_by_text_sender_and_title(admin_client, query):
    alice, bob, charlie = people("alice", "bob", "charlie")
    (wanted,) = say(group("Lunch", [alice, bob]), alice, "Pizza today?")
    say(direct(bob, charlie), bob, "nothing of that")
    assert [row.pk for row in listed(admin_client, "message", q=query)] == [wanted]


def test_deliveries_are_found_by_recipient(admin_client):
    alice, bob, charlie = people("alice", "bob", "charlie")
    say(group("Lunch", [alice, bob, charlie]), alice, "hello")
    assert [row.recipient for row in listed(admin_client, "delivery", q="bob")] == [bob]
    assert listed(admin_client, "delivery", event__exact="recalled") == []


def test_inboxes_in_which_something_waits(admin_client):
    alice, bob = people("alice", "bob")
    say(direct(alice, bob), alice, "hello")
    assert [row.user for row in listed(admin_client, "inbox", waiting="yes")] == [bob]
    assert [row.user for row in listed(admin_client, "inbox", waiting="no")] == [alice]


def test_admin_is_for_staff(client, django_user_model):
    (alice,) = people("alice")
    client.force_login(alice)
    for model in MODELS:
        assert client.get(reverse(f"admin:messages_store_{model}_changelist")).status_code == 302
