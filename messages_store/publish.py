"""Ringing: the only place that sends into the channel layer.

A ring says that something is in the inbox; the inbox itself is in the database. It may fail, be lost or come twice.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated

import msgspec

from .events import Event

RING = "inbox.ring"  # the one type of event in the layer; what it carries is told by its keys
RING_BYTES = 262_144  # what one ring carries at most; receivers read the rest from the database


CloseCode = Annotated[int, msgspec.Meta(ge=4000, le=4999)]


class Ring(msgspec.Struct):
    """What a ring says, as it arrives.

    The user's head and the fields of the events before it, or frames to pass on, or connections that are to end
    (id → close code), or that the user may have come or gone, or the frame that tells how the user is shown now.
    """

    user: int
    head: int | None = None
    events: list[tuple[int, str, str, str | None]] = []
    hints: list[str] = []
    ends: dict[str, CloseCode] = {}
    presence: bool = False
    profile: str | None = None


def understand(message: dict) -> Ring:
    """The ring in a message of the layer; msgspec.ValidationError where it is none."""
    return msgspec.convert(message, Ring)


def group_of(user_id: int) -> str:
    """The name of a user's group. Only nodes that hold a connection of the user are in it."""
    return f"user.{user_id}"


def presence_group_of(user_id: int) -> str:
    """The name of the group of nodes where somebody watches this user."""
    return f"presence.{user_id}"


async def ring(layer, events: Mapping[int, Sequence[Event]]) -> None:
    """Ring at each recipient, with the events so that nobody has to read them."""
    await _send(layer, ((group_of(user_id), _ring(user_id, new)) for user_id, new in events.items()))


async def hint(layer, frames: Mapping[int, Sequence[str]]) -> None:
    """Send frames that are not stored to whoever of these users is connected."""
    await _send(
        layer,
        (
            (group_of(user_id), {"type": RING, "user": user_id, "hints": list(hints)})
            for user_id, hints in frames.items()
        ),
    )


async def end(layer, endings: Mapping[int, Mapping[str, int]]) -> None:
    """Ask for the end of connections, by user: id → close code."""
    await _send(
        layer,
        ((group_of(user_id), {"type": RING, "user": user_id, "ends": dict(ends)}) for user_id, ends in endings.items()),
    )


async def presence(layer, user_ids: Iterable[int]) -> None:
    """Say that these users may have come or gone; who wants to know looks."""
    await _send(
        layer,
        ((presence_group_of(id), {"type": RING, "user": id, "presence": True}) for id in user_ids),
    )


async def profile(layer, frames: Mapping[int, str]) -> None:
    """Tell how these users are shown now: their own devices, and the nodes where somebody watches them.

    Two rings for each, however many people know them.
    """
    await hint(layer, {user_id: [frame] for user_id, frame in frames.items()})
    await _send(
        layer,
        ((presence_group_of(id), {"type": RING, "user": id, "profile": frame}) for id, frame in frames.items()),
    )


def _ring(user_id: int, events: Sequence[Event]) -> dict:
    carried, size = [], 0
    for event in events:
        size += len(event.message)
        if size > RING_BYTES:
            break
        carried.append((event.seq, event.event, event.message, event.client_id))
    return {"type": RING, "user": user_id, "head": events[-1].seq, "events": carried}


async def _send(layer, messages: Iterable[tuple[str, dict]]) -> None:
    if hasattr(layer, "group_send_many"):
        await layer.group_send_many(messages)
    else:
        for group, message in messages:
            await layer.group_send(group, message)
