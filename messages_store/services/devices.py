"""What the trace calls nodes and devices: names that stay when the lease and the connection are gone."""

from collections.abc import Iterable

from django.conf import settings

from messages_store.models import NodeName
from messages_store.sql import Statement

Device = tuple[int, str, str]  # user, device id, kind

WANTED = {"user_id": "bigint", "device_id": "text", "kind": "text"}
FIND = Statement(
    """
    SELECT d.user_id, d.device_id, d.kind, d.id FROM {wanted} JOIN messages_store_device d
    ON d.user_id = wanted.user_id AND d.device_id = wanted.device_id AND d.kind = wanted.kind""",
    wanted=WANTED,
)
INSERT = Statement(
    """
    INSERT INTO messages_store_device (user_id, device_id, kind, first_seen_at)
    SELECT wanted.user_id, wanted.device_id, wanted.kind, {now} FROM {wanted} WHERE true
    RETURNING user_id, device_id, kind, id""",
    wanted=WANTED,
)


def know_node(*, name: str) -> None:
    """From now on this name stands for a node."""
    NodeName.objects.bulk_create([NodeName(name=name)], ignore_conflicts=True)


def this_node() -> NodeName | None:
    """The node that this process is, if it is one."""
    return NodeName.objects.filter(name=settings.NODE_NAME).first()


def know(*, devices: Iterable[Device]) -> dict[Device, int]:
    """The ids of these devices, made where they are new. The inboxes of their users are locked, so none comes twice."""
    wanted = sorted(set(devices))
    found = {tuple(device): id for *device, id in FIND({"wanted": wanted})} if wanted else {}
    new = [device for device in wanted if device not in found]
    if new:
        found |= {tuple(device): id for *device, id in INSERT({"wanted": new})}
    return found
