"""What people say is for those who may read it, and each look is written down."""

import json

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from messages_store.models import Look, Message
from messages_store.services import receipts

from .admin_world import direct, group, listed, people, say

pytestmark = pytest.mark.django_db
LIST = reverse("admin:messages_store_message_changelist")
VIEWS = ("view_message", "view_conversation", "view_delivery", "view_inbox", "view_look")


def member_of_staff(django_user_model, *permissions: str, name: str = "staff") -> Client:
    user = django_user_model.objects.create(username=name, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def viewer(django_user_model) -> Client:
    """Sees messages but not what they say."""
    return member_of_staff(django_user_model, *VIEWS, name="viewer")


@pytest.fixture
def reader(django_user_model) -> Client:
    return member_of_staff(django_user_model, *VIEWS, "view_bodies")


@pytest.fixture
def message() -> Message:
    alice, bob = people("alice", "bob")
    (pk,) = say(direct(alice, bob), alice, "the secret")
    Message.objects.filter(pk=pk).update(data={"more": "secret too"})
    return Message.objects.get(pk=pk)


def address_of(message: Message) -> str:
    return reverse("admin:messages_store_message_change", args=[message.pk])


def transcript_of(message: Message) -> str:
    return reverse("admin:messages_store_conversation_transcript", args=[message.conversation_id])


def export_of(client: Client, message: Message, kind: str = "json") -> str:
    response = client.post(LIST, {"action": f"export_{kind}", "_selected_action": [message.pk]})
    return b"".join(response).decode()


# Who may not


def test_without_the_permission_everything_but_the_text_is_shown(viewer, message):
    for address in (LIST, address_of(message)):
        text = viewer.get(address).text
        assert "alice – bob" in text
        assert "secret" not in text
    assert "You may not read" in viewer.get(address_of(message)).text
    assert "secret" not in export_of(viewer, message, "csv") + export_of(viewer, message)
    (row,) = json.loads(export_of(viewer, message))
    assert row.keys().isdisjoint({"body", "data"})
    assert not Look.objects.exists()


def test_without_the_permission_there_is_no_transcript(viewer, message):
    assert viewer.get(transcript_of(message)).status_code == 403
    assert "transcript" not in viewer.get(address_of(message)).text
    conversation = reverse("admin:messages_store_conversation_change", args=[message.conversation_id])
    assert "Transcript" not in viewer.get(conversation).text


def test_without_the_permission_nothing_is_found_by_text(viewer, message):
    """What is found by a word, has that word: to search is to read."""
    for word in ("secret", "no such word"):
        assert viewer.get(LIST, {"q": word}).status_code == 403
    assert 'id="searchbar"' not in viewer.get(LIST).text


@pytest.mark.parametrize(
    "lookup",
    ["body__contains", "body", "body__startswith", "data__more", "data__icontains", "deliveries__message__body"],
)
def test_nobody_finds_by_the_address_bar_what_messages_say(reader, viewer, message, lookup):
    for client in (reader, viewer):
        assert client.get(LIST, {lookup: "the secret"}).status_code == 400
    deliveries = reverse("admin:messages_store_delivery_changelist")
    assert reader.get(deliveries, {f"message__{lookup}": "the secret"}).status_code == 400


def test_actions_that_handle_are_for_those_who_may(reader, message):
    for action in ("ring_again", "mark_handled", "unmark_handled"):
        page = reader.post(LIST, {"action": action, "_selected_action": [message.pk]}, follow=True)
        assert "No action selected" in page.text
        assert action not in reader.get(address_of(message)).text


@pytest.mark.parametrize("permissions", [(), ("view_bodies",), ("handle_messages",)])
def test_without_the_permission_to_view_messages_one_sees_none(django_user_model, message, permissions):
    client = member_of_staff(django_user_model, *permissions)
    for address in (LIST, address_of(message), transcript_of(message)):
        assert client.get(address).status_code == 403


def test_nobody_searches_by_the_way_that_fields_are_filled_in(reader, message):
    asked = {"app_label": "messages_store", "model_name": "message", "field_name": "reply_to", "term": "secret"}
    assert reader.get(reverse("admin:autocomplete"), asked).status_code == 403


# Who may, and what is written down


def looks() -> list[tuple]:
    found = Look.objects.order_by("pk").values_list("by__username", "what", "subject", "messages")
    return [tuple(one) for one in found]


def test_a_list_is_a_look_at_all_on_it(reader, message):
    assert "the secret" in reader.get(LIST, {"sender": "alice"}).text
    assert looks() == [("staff", "list", "sender=alice", [message.pk])]


def test_a_search_is_a_look(reader, message):
    reader.get(LIST, {"q": "secret"})
    assert looks() == [("staff", "search", "q=secret", [message.pk])]
    reader.get(LIST, {"q": "nothing like it"})  # which tells something, too
    assert looks()[1:] == [("staff", "search", "q=nothing like it", [])]


def test_a_page_is_a_look(reader, message):
    text = reader.get(address_of(message)).text
    assert "the secret" in text
    assert "secret too" in text
    assert looks() == [("staff", "message", "", [message.pk])]


def test_a_transcript_is_a_look(reader, message):
    assert "the secret" in reader.get(transcript_of(message)).text
    assert looks() == [("staff", "transcript", f"conversation {message.conversation_id}", [message.pk])]


def test_an_export_is_a_look(reader, message):
    assert "the secret" in export_of(reader, message, "csv")
    assert "the secret" in export_of(reader, message, "json")
    found = [look for look in looks() if look[1] == "export"]
    assert found == [("staff", "export", "", [message.pk])] * 2


def test_what_cannot_be_written_down_is_not_shown(reader, message, monkeypatch):
    def fails(**_):
        raise RuntimeError

    monkeypatch.setattr("messages_store.services.looks.record", fails)
    for address in (LIST, address_of(message), transcript_of(message)):
        with pytest.raises(RuntimeError):
            reader.get(address)
    with pytest.raises(RuntimeError):
        export_of(reader, message)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [([], "203.0.113.9", "127.0.0.1"), (["127.0.0.0/8"], "6.6.6.6, 203.0.113.9", "203.0.113.9")],
)
def test_a_look_knows_where_it_came_from(reader, message, settings, proxies, forwarded, address):
    from ipaddress import ip_network

    settings.IM_TRUSTED_PROXIES = [ip_network(proxy) for proxy in proxies]
    reader.get(LIST, headers={"x-forwarded-for": forwarded})
    assert Look.objects.get().address == address


def test_the_other_lists_show_no_text(reader, message):
    receipts.ack(user_id=message.deliveries.last().recipient_id, seq=1)
    for model in ("delivery", "inbox", "conversation"):
        assert "secret" not in reader.get(reverse(f"admin:messages_store_{model}_changelist")).text
    delivery = message.deliveries.last().pk
    assert "secret" not in reader.get(reverse("admin:messages_store_delivery_change", args=[delivery])).text
    assert not Look.objects.exists()


def test_looks_are_listed_with_their_messages(admin_client, reader, message):
    reader.get(address_of(message))
    (look,) = listed(admin_client, "look", by="staff")
    page = admin_client.get(reverse("admin:messages_store_look_change", args=[look.pk])).text
    assert f">{message.pk}<" in page
    assert "the secret" not in page


# Transcripts


def test_a_transcript_has_all_that_was_said_in_order(admin_client, monkeypatch):
    monkeypatch.setattr("messages_store.admin.transcript.PAGE", 3)
    alice, bob = people("alice", "bob")
    ids = say(group("Lunch", [alice, bob]), alice, *(f"word{n}" for n in range(1, 8)))
    address = transcript_of(Message.objects.get(pk=ids[0]))

    def shown(**parameters) -> list[int]:
        page = admin_client.get(address, parameters).context["page"]
        assert [int(message.body[4:]) for message in page.messages] == [message.number for message in page.messages]
        return [page.before, [message.number for message in page.messages], page.after]

    assert shown() == [5, [5, 6, 7], None]
    assert shown(before=5) == [2, [2, 3, 4], 4]
    assert shown(before=2) == [None, [1], 1]
    assert shown(after=1) == [2, [2, 3, 4], 4]
    assert shown(after=4) == [5, [5, 6, 7], None]
    assert shown(after="1" * 30)[1] == []
    assert shown(before="x") == [5, [5, 6, 7], None]


def test_a_transcript_is_only_shown(admin_client, message):
    assert admin_client.post(transcript_of(message)).status_code == 403
    assert admin_client.get(transcript_of(message).replace(str(message.conversation_id), "999999")).status_code == 404
