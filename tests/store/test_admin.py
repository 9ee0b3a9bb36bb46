"""The admin's pages: their cost, their search, and that history is only shown."""

import re
from datetime import UTC, datetime

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from messages_store.admin import large, rows
from messages_store.admin.messages import MessageAdmin
from messages_store.models import Conversation, Delivery, Inbox, Look, Message
from messages_store.services import looks, tokens

from .admin_world import crowd, direct, group, listed, people, say

pytestmark = pytest.mark.django_db
MODELS = ["user", "conversation", "message", "delivery", "inbox", "look", "token"]
HISTORY = [Conversation, Message, Delivery, Inbox, Look]


def queries_of(client, address: str) -> tuple[int, object]:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = client.get(address)
    assert response.status_code == 200
    return len(queries), response


def fill(size: int) -> None:
    """So many more of everything: people with tokens, conversations of both kinds, messages, looks."""
    everybody = crowd(size)
    tokens.issue_many(users=everybody)
    for place, one in enumerate(everybody):
        other = everybody[place - 1]
        found = group(f"Group of {one}", [one, other]) if place % 2 else direct(one, other)
        looks.record(by=one, what="message", messages=say(found, one, f"hello from {one}"))


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
    conversation = group("Everybody", members)
    _, response = queries_of(admin_client, reverse("admin:messages_store_conversation_change", args=[conversation.pk]))
    assert [member.username in response.text for member in members] == [True, True, True, False, False]


def test_long_list_is_not_counted_to_its_end(admin_client, monkeypatch):
    monkeypatch.setattr(large, "MOST_LISTED", 3)
    fill(5)
    with CaptureQueriesContext(connection) as queries:
        response = admin_client.get(reverse("admin:messages_store_message_changelist"))
    assert response.context["cl"].result_count == 3
    (of_ids,) = [query["sql"] for query in queries if '"id" AS "pk"' in query["sql"]]
    assert of_ids.endswith("LIMIT 4")
    assert "These are the first 3." in response.text
    assert "more than 3 messages" in response.text


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
    link = "[^>]*><a [^>]*>{}<.*"
    row = rf'field-beginning">{{}}<.*field-from_whom{link}field-where{link}field-kind">text<'
    response = admin_client.get(reverse("admin:messages_store_message_changelist"))
    assert re.search(row.format("x{59}…", "bob", "Lunch #1"), response.text)
    assert re.search(row.format("hello", "alice", "alice – bob #1"), response.text)


@pytest.mark.parametrize("number", ["x", "-1", "1" * 30])
def test_what_is_no_number_filters_nothing_and_is_no_crash(admin_client, number):
    address = reverse("admin:messages_store_message_changelist")
    assert admin_client.get(address, {"conversation": number}).status_code == 302


def test_the_kinds_that_there_are_can_be_chosen(admin_client):
    fill(3)
    for pk, kind in zip(Message.objects.values_list("pk", flat=True), ["system", "image"], strict=False):
        Message.objects.filter(pk=pk).update(kind=kind)
    _, response = queries_of(admin_client, reverse("admin:messages_store_message_changelist"))
    (kinds,) = [spec for spec in response.context["cl"].filter_specs if spec.parameter_name == "kind"]
    assert [kind for kind, _ in kinds.lookup_choices] == ["text", "image", "system"]


def test_deliveries_by_recipient_message_and_event(admin_client):
    alice, bob, charlie = people("alice", "bob", "charlie")
    one, _two = say(group("Lunch", [alice, bob, charlie]), alice, "hello", "again")
    assert [row.recipient for row in listed(admin_client, "delivery", recipient="bob")] == [bob, bob]
    assert len(listed(admin_client, "delivery", message=str(one))) == 3
    assert listed(admin_client, "delivery", event__exact="recalled") == []


# Dates


@pytest.fixture
def two_years():
    """The ids of messages of three days in two years, oldest first."""
    alice, bob = people("alice", "bob")
    ids = say(direct(alice, bob), alice, "one", "two", "three")
    for pk, day in zip(ids, [(2025, 12, 31), (2026, 2, 3), (2026, 2, 28)], strict=True):
        Message.objects.filter(pk=pk).update(created_at=datetime(*day, 12, tzinfo=UTC))
    return ids


def choices(client, **parameters) -> list[str]:
    response = client.get(reverse("admin:messages_store_message_changelist"), parameters)
    calendar = response.context["cl"].calendar
    return [choice.text for choice in ([calendar.back] if calendar.back else []) + calendar.choices]


def test_years_months_and_days_lead_to_each_other(admin_client, two_years):
    year, month, day = "created_at__year", "created_at__month", "created_at__day"
    assert choices(admin_client) == ["2025", "2026"]
    assert choices(admin_client, **{year: "2026"}) == ["All dates", "January 2026", "February 2026"]
    days = choices(admin_client, **{year: "2026", month: "2"})
    assert (days[0], days[1], days[-1], len(days)) == ("2026", "February 1", "February 28", 29)
    assert choices(admin_client, **{year: "2026", month: "2", day: "3"}) == ["February 2026", "Feb. 3, 2026"]

    def found(**parameters) -> list[int]:
        return [row.pk for row in listed(admin_client, "message", **parameters)]

    assert found(**{year: "2025"}) == two_years[:1]
    assert found(**{year: "2026", month: "2"}) == two_years[:0:-1]
    assert found(**{year: "2026", month: "2", day: "3"}) == [two_years[1]]


@pytest.mark.parametrize("part", [{"year": "x"}, {"year": "2026", "month": "13"}, {"year": "99999"}])
def test_a_date_that_cannot_be_is_no_crash(admin_client, two_years, part):
    address = reverse("admin:messages_store_message_changelist")
    response = admin_client.get(address, {f"created_at__{name}": value for name, value in part.items()}, follow=True)
    assert response.status_code in (200, 400)


# Pages


def test_pages_join_to_the_whole(admin_client, monkeypatch):
    monkeypatch.setattr(MessageAdmin, "list_per_page", 2)
    fill(5)
    pages = [[row.pk for row in listed(admin_client, "message", p=str(page))] for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [2, 2, 1]
    assert [pk for page in pages for pk in page] == list(Message.objects.order_by("-pk").values_list("pk", flat=True))
    assert len(listed(admin_client, "message", all="")) == 5


def test_a_page_beyond_the_last_is_no_crash(admin_client, monkeypatch):
    monkeypatch.setattr(MessageAdmin, "list_per_page", 2)
    fill(5)
    address = reverse("admin:messages_store_message_changelist")
    assert admin_client.get(address, {"p": "9"}, follow=True).status_code == 200


def test_inboxes_that_are_furthest_behind_come_first(admin_client):
    alice, bob, charlie = people("alice", "bob", "charlie")
    say(direct(alice, bob), alice, "one", "two")
    say(direct(alice, charlie), alice, "hello")
    assert [row.user for row in listed(admin_client, "inbox")] == [bob, charlie, alice]
    assert [row.user for row in listed(admin_client, "inbox", user="bob")] == [bob]


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
