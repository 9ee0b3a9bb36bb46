"""Notifications with their progress."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from messages_store.models import Look, Notification
from messages_store.notices import Notice
from messages_store.services import notifying, receipts

from .admin_world import listed, people
from .test_admin_looks import member_of_staff

pytestmark = pytest.mark.django_db
LIST = reverse("admin:messages_store_notification_changelist")


@pytest.fixture
def notification() -> Notification:
    alice, bob, charlie = people("alice", "bob", "charlie")
    notice = Notice(title="The secret", body="Maintenance at six", users=[alice.pk, bob.pk, charlie.pk])
    return notifying.notify(sender_id=alice.pk, notice=notice).notification


def page_of(client, notification: Notification) -> str:
    return client.get(reverse("admin:messages_store_notification_change", args=[notification.pk])).text


def test_the_list_shows_how_far_each_has_come(admin_client, notification):
    Notification.objects.filter(pk=notification.pk).update(done=1, finished_at=None)
    text = admin_client.get(LIST).text
    assert '<progress max="3" value="1"' in text
    assert "1 of 3" in text
    assert "The secret" in text
    assert [row.pk for row in listed(admin_client, "notification", progress="going")] == [notification.pk]
    assert listed(admin_client, "notification", progress="done") == []
    assert listed(admin_client, "notification", sender="bob") == []


def test_the_page_counts_what_became_of_it(admin_client, notification):
    bob = notification.audience["users"][1]
    receipts.ack(user_id=bob, seq=1)
    text = page_of(admin_client, notification)
    for part in ("2 unsent", "1 sent", "0 read", "3 of 3", "Maintenance at six"):
        assert part in text
    message = reverse("admin:messages_store_message_change", args=[notification.pk])
    assert message in text
    trace = admin_client.get(message).text
    assert all(name in trace for name in ("alice", "bob", "charlie"))


def test_what_it_says_is_for_those_who_may_read_it(django_user_model, notification):
    viewer = member_of_staff(django_user_model, "view_notification", name="viewer")
    for text in (viewer.get(LIST).text, page_of(viewer, notification)):
        assert "3 of 3" in text
        assert "secret" not in text
        assert "Maintenance" not in text
    for lookup in ("title__contains", "body__contains", "message__body__contains"):
        assert viewer.get(LIST, {lookup: "x"}).status_code == 400
    assert not Look.objects.exists()


def test_looks_at_it_are_recorded(admin_client, notification):
    admin_client.get(LIST)
    page_of(admin_client, notification)
    looks = list(Look.objects.order_by("pk").values_list("what", "messages"))
    assert looks == [("list", [notification.pk]), ("message", [notification.pk])]


def test_it_is_only_shown(admin_client, notification):
    for page, arguments in ("add", []), ("change", [notification.pk]), ("delete", [notification.pk]):
        address = reverse(f"admin:messages_store_notification_{page}", args=arguments)
        assert admin_client.post(address, {"post": "yes"}).status_code == 403


def test_the_list_leaves_out_whom_each_is_for(admin_client, notification):
    """That may be 100,000 ids in each of a hundred rows."""
    with CaptureQueriesContext(connection) as queries:
        assert listed(admin_client, "notification") != []
    assert not [query["sql"] for query in queries if '"audience"' in query["sql"]]


def test_its_entries_are_called_by_its_id(admin_client, notification):
    text = admin_client.get(reverse("admin:messages_store_delivery_changelist")).text
    assert f">notification {notification.pk}</a>" in text
    assert "None#None" not in text
