"""Notifications and traces by the Python client, against the real routes."""

import httpx
import pytest
from django.contrib.auth.models import Permission
from django.core.wsgi import get_wsgi_application

from imsite_client import Client, Conflict, Forbidden, Retries

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def signed_in():
    """signed_in(alice): her client."""
    clients = []

    def sign_in(user) -> Client:
        network = httpx.WSGITransport(get_wsgi_application())
        clients.append(Client("http://testserver", user.key, transport=network, retries=Retries(attempts=1)))
        return clients[-1]

    yield sign_in
    for client in clients:
        client.close()


def test_a_service_notifies_and_follows(signed_in, alice, bob, dora):
    dora.user_permissions.add(Permission.objects.get(codename="send_notification"))
    service, b = signed_in(dora), signed_in(bob)
    said = {"users": [alice.pk, "bob"], "body": "disk full", "level": "error", "url": "/backups/7", "data": {"n": 7}}
    told = service.notifications.send("Backup failed", key="k1", **said)
    assert [one.status for one in told.recipients] == ["unsent", "unsent"]
    assert service.notifications.send("Backup failed", key="k1", **said).id == told.id
    with pytest.raises(Conflict):
        service.notifications.send("Another", key="k1", **said)
    with pytest.raises(Forbidden):
        b.notifications.send("x", users=[alice.pk])
    [own] = b.notifications.own(unread=True)
    assert (own.title, own.body, own.level, own.url, own.data) == (
        "Backup failed",
        "disk full",
        "error",
        "/backups/7",
        {"n": 7},
    )
    assert b.notifications.read([own.id]) == 0
    assert {one.user: one.read_at is not None for one in service.notifications.recipients(told.id, limit=1)} == {
        alice.pk: False,
        bob.pk: True,
    }
    progress = service.notifications.get(told.id)
    assert (progress.total, progress.done, progress.read) == (2, 2, 1)


def test_a_message_is_traced(signed_in, alice, bob, direct, draft):
    from messages_store.services import sending

    [accepted] = sending.send([draft(alice, direct)]).outcomes
    steps = list(signed_in(alice).messages.trace(accepted.message, limit=1))
    assert {step.recipient.id: step.event for step in steps} == {alice.pk: "message", bob.pk: "message"}
    assert {step.recipient.id: step.sent is not None for step in steps} == {alice.pk: True, bob.pk: False}
