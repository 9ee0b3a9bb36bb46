"""Conversations: opened, found, and who is in them."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from messages_store.errors import Invalid, NoSuchConversation, NoSuchUser
from messages_store.models import Conversation, Member, User
from messages_store.sql import Statement, moment

from . import inboxes


def direct_key(one: int, other: int) -> str:
    return f"{min(one, other)}:{max(one, other)}"


def open_direct(*, user_id: int, other_id: int) -> Conversation:
    """The one conversation of two people, made on the first call."""
    return open_or_make_direct(user_id=user_id, other_id=other_id)[0]


def open_or_make_direct(*, user_id: int, other_id: int) -> tuple[Conversation, bool]:
    """The one conversation of two people, and whether it was made now: of any number of calls at once, by one.

    Who asked for it has opened it from then on; the other one hears of it by the first message.
    """
    made = set()
    found = open_directs([(user_id, other_id)], made)[user_id, other_id]
    if isinstance(found, Exception):
        raise found
    Member.objects.filter(conversation=found, user=user_id, opened=False).update(opened=True)  # this row alone
    return Conversation.objects.get(pk=found), bool(made)


def open_directs(
    pairs: Iterable[tuple[int, int]], made: set[str] | None = None
) -> dict[tuple[int, int], int | Exception]:
    """For each pair (user, other) the id of their direct conversation, or why there can be none.

    Its own transaction, before the one that stores the messages: rows that nobody can see yet are never waited for
    while other locks are held. Bounded queries whatever the number of pairs. `made` gets the keys of those that were
    made now.
    """
    keys = {pair: direct_key(*pair) for pair in pairs}
    found = _find(keys.values())
    missing = {pair: key for pair, key in keys.items() if key not in found}
    refused = {}
    if missing:
        refused = _refuse(missing)
        new = _make({key: pair for pair, key in missing.items() if pair not in refused})
        if made is not None:
            made |= new
        found |= _find(missing.values())
    return {pair: refused[pair] if pair in refused else found[key] for pair, key in keys.items()}


def _find(keys: Iterable[str]) -> dict[str, int]:
    return dict(Conversation.objects.filter(direct_key__in=set(keys)).values_list("direct_key", "id"))


def _refuse(pairs: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Exception]:
    others = {id for pair in pairs for id in pair}
    active = set(User.objects.filter(id__in=others, is_active=True).values_list("id", flat=True))
    refused = {}
    for one, other in pairs:
        if one == other:
            refused[one, other] = Invalid(_("You cannot write to yourself."))
        elif not {one, other} <= active:
            refused[one, other] = NoSuchUser()
    return refused


INSERT_DIRECTS = Statement(
    """
    INSERT INTO messages_store_conversation (kind, title, direct_key, last_number, created_at)
    SELECT 'direct', '', pairs.direct_key, 0, %(now)s FROM {pairs} WHERE true ORDER BY pairs.direct_key
    ON CONFLICT (direct_key) DO NOTHING RETURNING direct_key""",
    pairs={"direct_key": "text"},
)


@transaction.atomic
def _make(pairs: dict[str, tuple[int, int]]) -> set[str]:
    """Make what is missing, in key order; the keys of what was made. Whoever else makes the same finds it made."""
    made = INSERT_DIRECTS({"pairs": [(key,) for key in sorted(pairs)]}, now=moment(timezone.now()))
    ids = _find(pairs)
    people = sorted((ids[key], user_id) for key, pair in pairs.items() for user_id in pair)
    Member.objects.bulk_create(
        [Member(conversation_id=conversation, user_id=user_id) for conversation, user_id in people],
        ignore_conflicts=True,
    )
    inboxes.ensure(user_id for _conversation, user_id in people)
    return {key for (key,) in made}


@transaction.atomic
def create_group(*, creator: User, title: str, members: Iterable[User]) -> Conversation:
    """A group of its creator and others, of which nobody is told: see groups.create."""
    group = insert_group(creator=creator, title=title, members=members)
    inboxes.ensure(group.members.values_list("user", flat=True))
    return group


def insert_group(*, creator: User, title: str, members: Iterable[User]) -> Conversation:
    """The rows of a group alone. For a transaction that goes on to lock inboxes."""
    group = Conversation.objects.create(kind=Conversation.Kind.GROUP, title=title)
    people = {member.pk: Member.Role.MEMBER for member in members} | {creator.pk: Member.Role.OWNER}
    Member.objects.bulk_create(
        [Member(conversation=group, user_id=user_id, role=role) for user_id, role in sorted(people.items())]
    )
    return group


def require_member(*, user_id: int, conversation_id: int) -> Member:
    """The membership, or the error that does not tell whether the conversation exists."""
    member = (
        Member.objects.present()
        .select_related("conversation")
        .filter(user_id=user_id, conversation_id=conversation_id)
        .first()
    )
    if member is None:
        raise NoSuchConversation
    return member
