"""Who may what in a group, by roles. Pure.

Everybody writes, reads, searches, mutes for oneself, leaves. Admins rename the group, add people and remove members;
the owner, of whom there is one, does all of that to admins too, gives roles and hands the group over.
"""

from collections.abc import Iterable

OWNER, ADMIN, MEMBER = "owner", "admin", "member"
ROLES = (OWNER, ADMIN, MEMBER)
RANKS = {MEMBER: 0, ADMIN: 1, OWNER: 2}


def may_rename(role: str) -> bool:
    return RANKS[role] >= RANKS[ADMIN]


def may_add(role: str) -> bool:
    return RANKS[role] >= RANKS[ADMIN]


def may_remove(role: str, other: str) -> bool:
    """Whether who has this role may remove who has the other one; to leave needs no permission."""
    return RANKS[role] >= RANKS[ADMIN] and RANKS[role] > RANKS[other]


def may_give_roles(role: str) -> bool:
    return role == OWNER


def heir(others: Iterable[tuple[int, str]]) -> int | None:
    """Who owns the group when its owner leaves: of (user, role), the oldest first, the first admin, or the first."""
    others = list(others)
    admins = [user_id for user_id, role in others if role == ADMIN]
    return next(iter(admins), others[0][0] if others else None)
