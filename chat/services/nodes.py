"""Nodes as leases: taken, kept by beating, given back, and swept when they lapse."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models.functions import Now

from chat.models import Connection, Node
from messages_store.services import devices, outages
from messages_store.sql import Statement, ids


def register(*, name: str, address: str, version: str) -> int:
    """A new lease for a process that starts, or whose lease was swept."""
    devices.know_node(name=name)
    return Node.objects.create(name=name, address=address, version=version, started_at=Now(), beat_at=Now()).pk


def beat(*, node_id: int, counters: dict) -> bool:
    """Keep the lease, with the node's counters; False where it was swept meanwhile. One write."""
    return Node.objects.filter(pk=node_id).update(beat_at=Now(), counters=counters) == 1


def drain(*, node_id: int) -> None:
    """Tell that this node is stopping."""
    Node.objects.filter(pk=node_id).update(draining=True, beat_at=Now())


def leave(*, node_id: int) -> set[int]:
    """Give the lease back, with whatever connections it still has; whose they were."""
    with transaction.atomic():
        return _remove([node_id])


def sweep() -> set[int]:
    """Take away nodes that have lapsed, with their connections; whose they were. Of several sweepers one finds them."""
    if not Node.objects.lapsed().exists():
        return set()
    with transaction.atomic():
        # Looked at again under the lock: one that beats at this moment has not lapsed.
        lapsed = list(Node.objects.lapsed().order_by("pk").select_for_update(skip_locked=True))
        outages.died(since={node.name: node.beat_at for node in lapsed})
        return _remove(node.pk for node in lapsed)


# What remains of a connection is when its user was last seen; no beat came after that.
REMEMBER = Statement(
    """
    INSERT INTO chat_lastseen (user_id, at)
    SELECT c.user_id, max(c.seen_at) FROM {gone} JOIN chat_connection c ON c.node_id = gone.id
    GROUP BY c.user_id ORDER BY c.user_id
    ON CONFLICT (user_id) DO UPDATE SET at = excluded.at WHERE chat_lastseen.at < excluded.at""",
    gone={"id": "bigint"},
)


def _remove(node_ids: Iterable[int]) -> set[int]:
    gone = list(node_ids)
    if not gone:
        return set()
    connections = Connection.objects.filter(node__in=gone)
    list(connections.order_by("pk").select_for_update().values_list("pk"))  # in the order in which all lock them
    users = set(connections.values_list("user", flat=True))
    REMEMBER({"gone": ids(gone)})
    connections.delete()
    Node.objects.filter(pk__in=gone).delete()
    return users
