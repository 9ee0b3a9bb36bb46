"""What a hello asks for: where the events begin, and a place among the connections."""

from messages_store.services.resuming import Standing

from . import protocol
from .connection import Connection
from .services.connections import Opening


def place_of(hello: protocol.Hello, standing: Standing) -> tuple[int, bool]:
    """The seq after which events follow, and whether what the device knows is of no use any more (`resync`)."""
    if hello.seq is None:
        return max(standing.acked, standing.floor), False
    if hello.epoch not in (None, standing.epoch) or not standing.floor <= hello.seq <= standing.head:
        return standing.head, True
    return hello.seq, False


def opening(connection: Connection, user, device: protocol.Device, address: str, start: int) -> Opening:
    """What the connection asks a place with."""
    return Opening(
        id=connection.id,
        user_id=user.pk,
        user_kind=user.kind,
        device_id=device.id.replace("\0", ""),  # PostgreSQL cannot store one
        device_kind=device.kind,
        address=address,
        cursor=start,
    )
