"""Tracing: what became of a message, entry by entry of its recipients' inboxes. No writes; five queries a page."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from messages_store.errors import NotFound
from messages_store.models import Delivery, Device, Member, Message, Outage, Reminder, User
from messages_store.sql import Statement, aware

RUNG_WITHIN = timedelta(seconds=2)  # after a message's time, which is its transaction's, it has been rung
MOST_OUTAGES = 1_000  # of all nodes, within the time that one page tells of


@dataclass(frozen=True, slots=True)
class Published:
    """Whether the recipients' bells were rung. Only what failed is recorded, so what did not fail was rung.

    `outcome`: rung; in_doubt, since the node's rings got lost at that time or it died, see `outage` (a node found it by
    its look); unknown, where no node stored it.
    """

    outcome: str
    outage: Outage | None = None


@dataclass(frozen=True, slots=True)
class Reminded:
    """A reminder that told of an entry, or will: by which notifier, since when its outcome stands or when it is due."""

    how: str
    when: datetime
    outcome: str
    number: int
    attempts: int

    @property
    def outcome_name(self) -> str:
        return Reminder.Outcome(self.outcome).label


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of one inbox, and what became of it. `own`: the sender's, which is born sent.

    Of a read mark only the last move is known: the message was read at `read_at` or before.
    """

    recipient: User
    seq: int
    event: str
    own: bool
    stored_at: datetime
    published: Published
    sent_at: datetime | None
    device: Device | None
    node: str | None
    read: bool
    read_at: datetime | None
    reminded: list[Reminded] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Trace:
    """A message with a page of its steps; `next` is the cursor of the following page.

    `pruned`: how many people had it whose entries are kept no longer (IM_INBOX_DAYS).
    """

    message: Message
    node: str | None
    steps: list[Step]
    next: int | None
    pruned: int


def trace(*, user: User, message_id: int, cursor: int = 0, limit: int = 200) -> Trace:
    """What became of a message, for its sender and for staff."""
    message = with_pruned(messages=Message.objects.filter(pk=message_id).select_related("sender", "node")).first()
    if message is None or not (user.is_staff or message.sender_id == user.pk):
        raise NotFound
    return of(message=message, cursor=cursor, limit=limit)


def of(*, message: Message, cursor: int = 0, limit: int = 200) -> Trace:
    """A page of what became of this message (one `with_pruned`), in the order in which it was delivered."""
    deliveries = Delivery.objects.filter(message=message, pk__gt=cursor).order_by("pk")
    page = list(deliveries.select_related("recipient", "sent_by", "sent_on")[: limit + 1])
    shown, more = page[:limit], len(page) > limit
    published = _published(message, shown)
    marks = _marks(message, [delivery.recipient_id for delivery in shown])
    reminded = _reminded(shown)
    return Trace(
        message=message,
        node=message.node.name if message.node else None,
        steps=[
            _step(message, delivery, published[delivery.pk], marks.get(delivery.recipient_id), reminded[delivery.pk])
            for delivery in shown
        ],
        next=shown[-1].pk if more else None,
        pruned=message.pruned,
    )


def with_pruned(*, messages: QuerySet) -> QuerySet:
    """These messages, each with `pruned`: how many people had it whose entries were pruned.

    That is who was in its conversation and has none of it. Not who left and came back since, nor the sender.
    """
    there = Member.objects.filter(conversation=OuterRef("conversation"), joined_at__lte=OuterRef("created_at"))
    there = there.filter(Q(left_at=None) | Q(left_at__gt=OuterRef("created_at")), user__inbox__floor_seq__gt=0)
    entry = Delivery.objects.filter(message=OuterRef(OuterRef("pk")), recipient=OuterRef("user"))
    others = there.filter(~Exists(entry)).exclude(user=Coalesce(OuterRef("sender"), 0)).order_by()
    count = others.values("conversation").annotate(count=Count("pk")).values("count")
    return messages.annotate(pruned=Coalesce(Subquery(count), 0))


def _step(
    message: Message, delivery: Delivery, published: Published, mark: Member | None, reminded: list[Reminded]
) -> Step:
    read, read_at = _read(message, delivery, mark)
    stored_at = _stored_at(message, delivery)
    return Step(
        recipient=delivery.recipient,
        seq=delivery.seq,
        event=delivery.event,
        own=message.sender_id == delivery.recipient_id and delivery.sent_at == stored_at,
        stored_at=stored_at,
        published=published,
        sent_at=delivery.sent_at,
        device=delivery.sent_by,
        node=delivery.sent_on.name if delivery.sent_on else None,
        read=read,
        read_at=read_at,
        reminded=reminded,
    )


def _read(message: Message, delivery: Delivery, mark: Member | None) -> tuple[bool, datetime | None]:
    if delivery.is_notification:
        return delivery.read_at is not None, delivery.read_at
    read = delivery.event == Delivery.Event.MESSAGE and mark is not None and mark.read_number >= (message.number or 0)
    return read, mark.read_at if read else None


def _stored_at(message: Message, delivery: Delivery) -> datetime:
    """Each change has its own time; the message itself knows that of the last one only."""
    return delivery.stored_at or message.created_at


REMINDED = Statement(
    """
    SELECT wanted.id, r.notifier, coalesce(r.ended_at, r.next_at), r.outcome, r.number, r.attempts
    FROM {wanted} JOIN messages_store_reminder r
    ON r.user_id = wanted.user_id AND r.from_seq <= wanted.seq AND r.up_to_seq >= wanted.seq
    ORDER BY r.id""",
    wanted={"id": "bigint", "user_id": "bigint", "seq": "bigint"},
)


def _reminded(deliveries: list[Delivery]) -> dict[int, list[Reminded]]:
    """By delivery: the reminders within whose range it lies. Of changes nobody is reminded."""
    found: dict[int, list[Reminded]] = {delivery.pk: [] for delivery in deliveries}
    wanted = [
        (delivery.pk, delivery.recipient_id, delivery.seq)
        for delivery in deliveries
        if delivery.event == Delivery.Event.MESSAGE
    ]
    for pk, how, when, *rest in REMINDED({"wanted": wanted}):
        found[pk].append(Reminded(how, aware(when), *rest))
    return found


def _marks(message: Message, user_ids: Iterable[int]) -> dict[int, Member]:
    """How far these people have read in the message's conversation."""
    if message.conversation_id is None:
        return {}
    found = Member.objects.filter(conversation=message.conversation_id, user__in=list(user_ids))
    return {member.user_id: member for member in found}


def _published(message: Message, deliveries: list[Delivery]) -> dict[int, Published]:
    """By delivery. Which node stored an edit or a recall is not kept: an outage of any node makes those doubtful."""
    times = {delivery.pk: _stored_at(message, delivery) for delivery in deliveries}
    if not times:
        return {}
    first, last = min(times.values()), max(times.values())
    during = Outage.objects.filter(began_at__lte=last + RUNG_WITHIN, ended_at__gte=first)
    outages = list(during.select_related("node").order_by("began_at")[:MOST_OUTAGES])
    return {delivery.pk: _outcome(message, delivery, times[delivery.pk], outages) for delivery in deliveries}


def _outcome(message: Message, delivery: Delivery, time: datetime, outages: list[Outage]) -> Published:
    with_it = delivery.event == Delivery.Event.MESSAGE
    # What was delivered later than its message was stored, a worker has delivered and rung.
    if with_it and (message.node_id is None or time > message.created_at + RUNG_WITHIN):
        return Published("unknown")
    for outage in outages:
        during = outage.began_at <= time + RUNG_WITHIN and outage.ended_at >= time
        if during and (not with_it or outage.node_id == message.node_id):
            return Published("in_doubt", outage)
    return Published("rung")
