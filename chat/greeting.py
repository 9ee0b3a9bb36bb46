"""What is said to a device that says hello, and where its events begin."""

from django.conf import settings

from messages_store.events import moment
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


def welcome(connection, user, standing: Standing, *, start: int, resync: bool, node: str) -> str:
    frame = protocol.Welcome(
        connection=connection.id,
        node=node,
        user=protocol.User(user.pk, user.name, user.kind),
        epoch=standing.epoch,
        head=standing.head,
        from_=start,
        unsent=standing.unsent,
        unread=standing.unread,
        unread_notifications=standing.unread_notifications,
        limits=protocol.Limits(settings.IM_FRAME_BYTES, settings.IM_WINDOW, settings.IM_SENDS_PER_MINUTE),
        server_time=moment(standing.now),
        resync=resync,
    )
    return protocol.build(frame)
