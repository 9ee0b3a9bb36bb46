"""An administrator disconnects somebody: the socket closes with 4504, by a ring or within a beat."""

import pytest
from django.test import Client
from django.urls import reverse

from chat.bells import end_by_plain_code
from chat.models import Connection
from chat.protocol import Close
from chat.services import connections
from messages_store.models import User

from .conftest import NEVER


@pytest.fixture
def disconnect(store):
    """Disconnect a device, in the admin."""

    def choose(id: str) -> None:
        client = Client()
        client.force_login(User.objects.create_superuser("boss"))
        client.post(reverse("admin:chat_connection_changelist"), {"action": "disconnect", "_selected_action": [id]})
        # Or it is closed and gone already.
        assert set(Connection.objects.filter(pk=id).values_list("ending", flat=True)) <= {Close.ENDED}

    return lambda device: store(choose, device.welcome["connection"])


async def test_the_socket_closes(alice, connect, disconnect, settings):
    settings.IM_BEAT_SECONDS = 0.2
    a, other = await connect(alice), await connect(alice)
    await disconnect(a)
    bye = await a.said_bye()
    assert (bye["code"], bye["reconnect_after"]) == (Close.ENDED, None)
    assert "administrator" in bye["reason"]
    assert await other.pong() == []


async def test_by_a_ring_it_closes_at_once(alice, connect, store, settings):
    settings.IM_BEAT_SECONDS = NEVER
    a = await connect(alice)
    endings = await store(connections.end, connection_ids=[a.welcome["connection"]], code=Close.ENDED)
    await end_by_plain_code(endings)
    assert await a.closed() == Close.ENDED
