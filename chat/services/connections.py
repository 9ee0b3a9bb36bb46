"""Connections as rows: opened, noted, ended, closed; each for many at once, in a bounded number of queries."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import BooleanField, Count, ExpressionWrapper, Q

from chat.models import Connection, Node
from chat.models.cluster import ago, lease_seconds
from chat.protocol import Close
from chat.session_policies import POLICIES, Seat
from messages_store.services import devices, inboxes
from messages_store.sql import Statement, ids

Endings = dict[int, dict[str, int]]  # user → connection → close code


@dataclass(frozen=True, slots=True)
class Opening:
    """A connection that asks for its place. `returning`: it had one, until its node's lease was swept."""

    id: str
    user_id: int
    user_kind: str
    device_id: str = ""
    device_kind: str = "web"
    address: str = ""
    cursor: int = 0
    idle: bool = False
    returning: bool = False

    @property
    def device(self) -> devices.Device:
        return self.user_id, self.device_id, self.device_kind

    @property
    def seat(self) -> Seat:
        return Seat(self.id, self.device_id, self.device_kind)


class Refusal(NamedTuple):
    """Why a connection gets no place: the close code and the sentence that it is given."""

    code: int
    reason: str


class LeaseLost(Exception):
    """The node has no row any more: it was swept."""


@dataclass(slots=True)
class Opened:
    """For each opening its refusal, or None; and whom it replaced.

    `devices`: under which id the trace knows the device of each opening that was admitted.
    """

    outcomes: list[Refusal | None] = field(default_factory=list)
    endings: Endings = field(default_factory=dict)
    devices: dict[str, int] = field(default_factory=dict)


def open(*, node_id: int, openings: Sequence[Opening]) -> Opened:
    """Decide who gets a place, one after the other and under the locks of their users, and write it."""
    try:
        return inboxes.transact(_open, node_id, openings)
    except IntegrityError:  # at the commit: somebody swept the node just now
        if Node.objects.filter(pk=node_id).exists():
            raise
        raise LeaseLost from None


def _open(node_id: int, openings: Sequence[Opening]) -> Opened:
    known = inboxes.lock(opening.user_id for opening in openings)
    room = _Room(openings)
    opened = Opened([room.admit(opening) if opening.user_id in known else GONE for opening in openings])
    _insert(node_id, room.admitted.values())
    opened.endings = _mark(room.endings)
    opened.devices = _devices(openings, opened.outcomes)
    return opened


def _devices(openings: Sequence[Opening], outcomes: Sequence[Refusal | None]) -> dict[str, int]:
    admitted = [opening for opening, refusal in zip(openings, outcomes, strict=True) if refusal is None]
    known = devices.know(devices=[opening.device for opening in admitted])
    return {opening.id: known[opening.device] for opening in admitted}


GONE = Refusal(Close.NOT_AUTHENTICATED, "There is no such user any more.")
TAKEN = Refusal(Close.REPLACED, "You are connected elsewhere already, and that connection stays.")
REPLACED = Refusal(Close.REPLACED, "A newer connection of yours has taken this one's place.")
TOO_MANY = Refusal(Close.RATE_EXCEEDED, "Too many connections are open; try again later.")


class _Room:
    """Who is there, and who becomes of it, while a list of openings is decided."""

    def __init__(self, openings: Sequence[Opening]):
        self.admitted: dict[str, Opening] = {}
        self.endings: dict[str, int] = {}
        self._seats: dict[int, dict[str, Seat]] = defaultdict(dict)
        self._live: dict[int, set[str]] = defaultdict(set)
        self._find({opening.user_id for opening in openings})
        self._at = _crowds({opening.address for opening in openings if opening.address})

    def _find(self, user_ids: set[int]) -> None:
        # Those of a lapsed node may be replaced, since it could come back; they count as nobody else.
        beats = ExpressionWrapper(Q(node__beat_at__gt=ago(lease_seconds())), output_field=BooleanField())
        present = Connection.objects.filter(user__in=user_ids, ending=None).annotate(live=beats)
        for user_id, id, device, kind, live in present.values_list("user", "id", "device_id", "device_kind", "live"):
            self._seats[user_id][id] = Seat(id, device, kind)
            if live:
                self._live[user_id].add(id)

    def admit(self, opening: Opening) -> Refusal | None:
        seats, live = self._seats[opening.user_id], self._live[opening.user_id]
        if opening.id in seats:
            return None  # it was written already, by a transaction whose answer was lost
        decide = POLICIES[settings.IM_SESSION_POLICY.get(opening.user_kind, "unlimited")]
        replaces, refused = decide(opening.seat, [seats[id] for id in seats if id in live])
        if refused or (opening.returning and replaces):
            return TAKEN if refused else REPLACED
        if _full(len(live - set(replaces)), settings.IM_CONNECTIONS_PER_USER) or (
            opening.address and _full(self._at[opening.address], settings.IM_CONNECTIONS_PER_ADDRESS)
        ):
            return TOO_MANY
        # A lapsed one has no say, but it must not come to life again beside the newcomer.
        lapsed = [id for id in seats if id not in live and any(decide(opening.seat, [seats[id]]))]
        for id in (*replaces, *lapsed):
            self._replace(seats, live, id)
        self._take(opening, seats, live)
        return None

    def _replace(self, seats: dict[str, Seat], live: set[str], id: str) -> None:
        del seats[id]
        live.discard(id)
        self.endings[id] = Close.REPLACED

    def _take(self, opening: Opening, seats: dict[str, Seat], live: set[str]) -> None:
        seats[opening.id] = opening.seat
        live.add(opening.id)
        self._at[opening.address] += 1
        self.admitted[opening.id] = opening


def _full(count: int, limit: int) -> bool:
    return bool(limit) and count >= limit


def _crowds(addresses: set[str]) -> Counter[str]:
    if not settings.IM_CONNECTIONS_PER_ADDRESS:
        return Counter()
    live = Connection.objects.live().filter(address__in=addresses)
    return Counter(dict(live.values_list("address").annotate(Count("pk")).order_by()))


INSERT = Statement(
    """
    INSERT INTO chat_connection (id, node_id, user_id, device_id, device_kind, address, cursor, acked, idle,
                                 opened_at, seen_at)
    SELECT fresh.id, n.id, fresh.user_id, fresh.device_id, fresh.device_kind, fresh.address, fresh.cursor, fresh.cursor,
           fresh.idle, {now}, {now}
    FROM {fresh} JOIN chat_node n ON n.id = %(node_id)s
    WHERE true
    RETURNING id""",
    fresh={
        "id": "text",
        "user_id": "bigint",
        "device_id": "text",
        "device_kind": "text",
        "address": "text",
        "cursor": "bigint",
        "idle": "boolean",
    },
)


def _insert(node_id: int, openings: Iterable[Opening]) -> None:
    fresh = [(o.id, o.user_id, o.device_id, o.device_kind, o.address, o.cursor, o.idle) for o in openings]
    if fresh and not INSERT({"fresh": fresh}, node_id=node_id):
        raise LeaseLost


LOCK = Statement(
    "SELECT c.id FROM chat_connection c JOIN {wanted} ON c.id = wanted.id ORDER BY c.id",
    locks="c",
    wanted={"id": "text"},
)
MARK = Statement(
    """
    UPDATE chat_connection SET ending = marks.code FROM {marks}
    WHERE chat_connection.id = marks.id AND ending IS NULL
    RETURNING chat_connection.user_id, chat_connection.id, ending""",
    marks={"id": "text", "code": "integer"},
)


def _mark(codes: Mapping[str, int]) -> Endings:
    """Ask for these ends; only of those who have been asked for nothing yet."""
    endings: Endings = defaultdict(dict)
    if codes:
        LOCK({"wanted": ids(codes)})
        for user_id, id, code in MARK({"marks": list(codes.items())}):
            endings[user_id][id] = code
    return dict(endings)


@transaction.atomic
def end(*, connection_ids: Iterable[str], code: int) -> Endings:
    """Ask for the end of these connections. Their nodes are told by a ring, or find it within a beat."""
    return _mark(dict.fromkeys(connection_ids, code))


def endings(*, node_id: int) -> dict[str, int]:
    """Which of a node's connections are to end, with their close codes."""
    return dict(Connection.objects.filter(node=node_id, ending__isnull=False).values_list("pk", "ending"))


CLOSE = Statement(
    """
    DELETE FROM chat_connection WHERE id IN (SELECT gone.id FROM {gone})
    RETURNING user_id""",
    gone={"id": "text"},
)
REMEMBER = Statement(
    """
    INSERT INTO chat_lastseen (user_id, at) SELECT gone.id, {now} FROM {gone} WHERE true ORDER BY 1
    ON CONFLICT (user_id) DO UPDATE SET at = excluded.at""",
    gone={"id": "bigint"},
)


@transaction.atomic
def close(*, connection_ids: Iterable[str]) -> set[int]:
    """These connections are closed; whose they were."""
    gone = ids(connection_ids)
    LOCK({"wanted": gone})
    users = {user_id for (user_id,) in CLOSE({"gone": gone})}
    if users:
        REMEMBER({"gone": ids(users)})
    return users


class Change(NamedTuple):
    """What is new about a connection. `seen`: its user did something."""

    id: str
    cursor: int
    acked: int
    idle: bool
    seen: bool


NOTE = Statement(
    """
    UPDATE chat_connection SET cursor = changes.cursor, acked = changes.acked, idle = changes.idle,
        seen_at = CASE WHEN changes.seen THEN {now} ELSE seen_at END
    FROM {changes} WHERE chat_connection.id = changes.id""",
    changes={"id": "text", "cursor": "bigint", "acked": "bigint", "idle": "boolean", "seen": "boolean"},
)


@transaction.atomic
def note(*, changes: Sequence[Change]) -> None:
    """Write what has changed about these connections."""
    LOCK({"wanted": ids(change.id for change in changes)})
    NOTE({"changes": changes})
