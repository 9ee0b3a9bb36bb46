"""Nodes and connections without sockets, and the clock that lets them lapse."""

from collections.abc import Sequence
from itertools import count

from chat.models import Connection, LastSeen, Node
from chat.models.cluster import ago
from chat.services import connections, nodes
from chat.services.connections import Opening

serial = count(1)


def start(name: str = "one") -> int:
    return nodes.register(name=name, address="127.0.0.1:8000", version="1")


def silent_for(node_id: int, seconds: float) -> None:
    """Its last beat was so long ago."""
    Node.objects.filter(pk=node_id).update(beat_at=ago(seconds))


def opening(user, device: str = "", **fields) -> Opening:
    return Opening(
        **{"id": f"{next(serial):032x}", "user_id": user.pk, "user_kind": "user", "device_id": device} | fields
    )


def come(node_id: int, *openings: Opening) -> list[str]:
    """Open what must be admitted; the ids."""
    assert connections.open(node_id=node_id, openings=openings).outcomes == [None] * len(openings)
    return [one.id for one in openings]


def live(user=None) -> list[str]:
    found = Connection.objects.live()
    return list((found.filter(user=user) if user else found).order_by("pk").values_list("pk", flat=True))


def last_seen(users: Sequence) -> dict:
    return dict(LastSeen.objects.filter(user__in=users).values_list("user", "at"))
