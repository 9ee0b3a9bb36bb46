"""Groups: made, renamed, joined, left. Each change is said in the group, in everybody's inbox, in its own transaction.

All return what to ring. The sentences are English, for who cannot tell it better from the data: what is stored is in
nobody's language. Who is not in a group learns nothing of it; who is in it, but may not, is told so.
"""

from collections.abc import Collection, Iterable

from django.conf import settings
from django.utils.translation import gettext as _

from messages_store import group_rules
from messages_store.drafts import check_text
from messages_store.errors import Forbidden, Invalid, NoSuchConversation, NoSuchUser, NotFound, TooLarge
from messages_store.models import Conversation, Member, User

from . import conversations, inboxes
from .announcing import Events, Group, announce, lock
from .named import TOLD

TITLE_CHARACTERS = 200


def create(*, creator_id: int, title: str, user_ids: Iterable[int]) -> tuple[int, Events]:
    """A group of its creator, who owns it, and others; its id."""
    title = _clean(title)
    return inboxes.transact(_create, creator_id, title, {*user_ids} - {creator_id})


def _create(creator_id: int, title: str, user_ids: set[int]) -> tuple[int, Events]:
    _check_size(len(user_ids) + 1)
    others = _existing(user_ids)
    creator = User.objects.get(pk=creator_id)
    made = conversations.insert_group(creator=creator, title=title, members=others)
    group, owner = lock(actor_id=creator_id, conversation_id=made.pk)
    with_others = f" with {_names(others)}" if others else ""
    events = announce(
        group=group,
        actor=owner,
        write=_nothing,
        body=f"{creator.name} made the group “{title}”{with_others}.",
        data={"event": "created", "title": title, "users": [user.pk for user in others]},
        to=group.members,
    )
    return made.pk, events


def rename(*, actor_id: int, conversation_id: int, title: str) -> Events:
    """Give the group another title."""
    return inboxes.transact(_rename, actor_id, conversation_id, _clean(title))


def _rename(actor_id: int, conversation_id: int, title: str) -> Events:
    group, actor = lock(actor_id=actor_id, conversation_id=conversation_id)
    _permit(group_rules.may_rename(actor.role))
    if title == group.title:
        return {}
    return announce(
        group=group,
        actor=actor,
        write=lambda: Conversation.objects.filter(pk=group.id).update(title=title),
        body=f"{actor.user.name} renamed the group to “{title}”.",
        data={"event": "renamed", "title": title},
        to=group.members,
    )


def add(*, actor_id: int, conversation_id: int, user_ids: Iterable[int]) -> Events:
    """Bring people into the group. Who is in it already, is; who comes back, comes as a member like others."""
    return inboxes.transact(_add, actor_id, conversation_id, set(user_ids))


def _add(actor_id: int, conversation_id: int, user_ids: set[int]) -> Events:
    group, actor = lock(actor_id=actor_id, conversation_id=conversation_id)
    _permit(group_rules.may_add(actor.role))
    missing = user_ids - group.members.keys()
    if not missing:
        return {}
    _check_size(len(group.members) + len(missing))
    new = _existing(missing)
    return announce(
        group=group,
        actor=actor,
        write=lambda: _join(group, new),
        body=f"{actor.user.name} added {_names(new)}.",
        data={"event": "added", "users": [user.pk for user in new]},
        to={*group.members, *(user.pk for user in new)},
    )


def _join(group: Group, people: list[User]) -> None:
    """What was said before is theirs to read, and does not count as unread."""
    fresh = {"role": Member.Role.MEMBER, "read_number": group.last_number, "joined_at": group.now, "left_at": None}
    back = Member.objects.filter(conversation=group.id, user__in=people)
    known = set(back.values_list("user", flat=True))
    back.update(**fresh)
    new = [Member(conversation_id=group.id, user=user, **fresh) for user in people if user.pk not in known]
    Member.objects.bulk_create(new)


def remove(*, actor_id: int, conversation_id: int, user_id: int) -> Events:
    """Take somebody out of the group, or leave it oneself. Who is out gets this as the last entry."""
    return inboxes.transact(_leave if actor_id == user_id else _remove, actor_id, conversation_id, user_id)


def _remove(actor_id: int, conversation_id: int, user_id: int) -> Events:
    group, actor = lock(actor_id=actor_id, conversation_id=conversation_id)
    other = _other(group, user_id)
    _permit(group_rules.may_remove(actor.role, other.role))
    return announce(
        group=group,
        actor=actor,
        write=lambda: _part(group, other),
        body=f"{actor.user.name} removed {other.user.name}.",
        data={"event": "removed", "users": [user_id]},
        to=group.members,
    )


def _leave(actor_id: int, conversation_id: int, _user_id: int) -> Events:
    """An owner who leaves has an heir; a group that all have left is nobody's."""
    group, actor = lock(actor_id=actor_id, conversation_id=conversation_id)
    others = [(user_id, member.role) for user_id, member in group.members.items() if user_id != actor_id]
    heir = group_rules.heir(others) if actor.role == group_rules.OWNER else None

    def write() -> None:
        _part(group, actor)
        if heir is not None:
            _give(group, heir, Member.Role.OWNER)

    inherits = f" {group.members[heir].user.name} owns the group now." if heir is not None else ""
    return announce(
        group=group,
        actor=actor,
        write=write,
        body=f"{actor.user.name} left.{inherits}",
        data={"event": "left", "owner": heir} if heir is not None else {"event": "left"},
        to=group.members,
    )


def _part(group: Group, member: Member) -> None:
    left = {"left_at": group.now, "role": Member.Role.MEMBER}
    Member.objects.filter(pk=member.pk).update(**left)


def give_role(*, actor_id: int, conversation_id: int, user_id: int, role: str) -> Events:
    """Make somebody an admin or a member again, or hand the group over: its owner becomes an admin then."""
    if role not in group_rules.ROLES:
        raise Invalid(_("There is no such role."))
    return inboxes.transact(_give_role, actor_id, conversation_id, user_id, role)


def _give_role(actor_id: int, conversation_id: int, user_id: int, role: str) -> Events:
    group, actor = lock(actor_id=actor_id, conversation_id=conversation_id)
    other = _other(group, user_id)
    _permit(group_rules.may_give_roles(actor.role))
    if other.role == role:
        return {}
    if other is actor:
        raise Invalid(_("Hand the group over to somebody else instead."))

    def write() -> None:
        if role == group_rules.OWNER:
            _give(group, actor_id, Member.Role.ADMIN)  # first, since there is one owner at any time
        _give(group, user_id, role)

    return announce(
        group=group,
        actor=actor,
        write=write,
        body=_SAID[role].format(who=actor.user.name, whom=other.user.name),
        data={"event": "role", "user": user_id, "role": role},
        to=group.members,
    )


_SAID = {
    group_rules.OWNER: "{who} handed the group over to {whom}.",
    group_rules.ADMIN: "{who} made {whom} an admin.",
    group_rules.MEMBER: "{whom} is no admin any more.",
}


def _give(group: Group, user_id: int, role: str) -> None:
    Member.objects.filter(pk=group.members[user_id].pk).update(role=role)


def mute(*, user_id: int, conversation_id: int, muted: bool) -> None:
    """Whether a conversation may disturb this user."""
    _keep(user_id, conversation_id, muted=muted)


def pin(*, user_id: int, conversation_id: int, pinned: bool) -> None:
    """Whether this user wants a conversation above the others."""
    _keep(user_id, conversation_id, pinned=pinned)


def _keep(user_id: int, conversation_id: int, **own: bool) -> None:
    """Nobody else's business, so nothing is said of it."""
    member = Member.objects.present().filter(user=user_id, conversation=conversation_id)
    if not member.update(**own):  # one row, and nothing else is locked
        raise NoSuchConversation


def _permit(allowed: bool) -> None:
    if not allowed:
        raise Forbidden(_("Your role in this group does not allow that."))


def _other(group: Group, user_id: int) -> Member:
    if user_id not in group.members:
        raise NotFound(_("There is no such member."))
    return group.members[user_id]


def _existing(user_ids: Collection[int]) -> list[User]:
    """These users, all of whom must be there and active."""
    found = list(User.objects.filter(pk__in=user_ids, is_active=True).order_by("pk"))
    if len(found) < len(user_ids):
        raise NoSuchUser
    return found


def _check_size(members: int) -> None:
    if members > settings.IM_GROUP_MEMBERS:
        raise TooLarge(_("A group has at most %d members.") % settings.IM_GROUP_MEMBERS)


def _clean(title: str) -> str:
    title = " ".join(title.split())
    check_text(title)
    if not title:
        raise Invalid(_("A group has a title."))
    if len(title) > TITLE_CHARACTERS:
        raise TooLarge(_("A title has at most %d characters.") % TITLE_CHARACTERS)
    return title


def _names(people: list[User]) -> str:
    """Bob; Bob and Dora; Bob, Dora and Victor; 12 people."""
    if len(people) > TOLD:
        return f"{len(people)} people"
    *first, last = [user.name for user in people]
    return f"{', '.join(first)} and {last}" if first else last


def _nothing() -> None:
    """The change is written already."""
