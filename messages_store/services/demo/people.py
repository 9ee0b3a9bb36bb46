"""The cast with its password, and a crowd with tokens."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.db import transaction

from messages_store.models import Token, User
from messages_store.services import inboxes, tokens

ROWS_PER_STATEMENT = 1_000


@dataclass(frozen=True)
class Person:
    username: str
    name: str
    kind: str = User.Kind.USER
    superuser: bool = False

    def account(self, password: str) -> User:
        """`password` is hashed already."""
        return User(
            username=self.username,
            display_name=self.name,
            kind=self.kind,
            is_staff=self.superuser,
            is_superuser=self.superuser,
            password=password,
        )


CAST = (
    Person("alice", "Alice"),
    Person("bob", "Bob"),
    Person("charlie", "Charlie"),
    Person("dora", "Dora", kind=User.Kind.AGENT),
    Person("admin", "Admin", superuser=True),
)
CAST_NAMES = [person.username for person in CAST]


def crowd_names(size: int) -> list[str]:
    """u00001, u00002 …"""
    return [f"u{n:05}" for n in range(1, size + 1)]


def accounts(usernames: Sequence[str]) -> dict[str, User]:
    """Those of these that exist, in this order."""
    found = User.objects.in_bulk(usernames, field_name="username")
    return {username: found[username] for username in usernames if username in found}


def readable_password() -> str:
    """About 50 random bits that can be read out aloud: bako-tuli-mefa-zoru."""
    syllables = [secrets.choice("bdfghjklmnprstvwz") + secrets.choice("aeiou") for _ in range(8)]
    return "-".join(map("".join, zip(syllables[::2], syllables[1::2], strict=True)))


@transaction.atomic
def make_cast(*, password: str, for_all: bool = False) -> list[str]:
    """The usernames that got this password: of those made now, or, `for_all`, of everybody in the cast."""
    known = accounts(CAST_NAMES)
    chosen = [username for username in CAST_NAMES if for_all or username not in known]
    if chosen:
        hashed = make_password(password)  # slow on purpose, so once for all of them
        User.objects.bulk_create(person.account(hashed) for person in CAST if person.username not in known)
        User.objects.filter(username__in=chosen).update(password=hashed)
    inboxes.ensure(user.pk for user in accounts(CAST_NAMES).values())
    return chosen


@transaction.atomic
def make_crowd(*, size: int) -> int:
    """How many of them were made now. They have no password; tokens sign them in."""
    usernames = crowd_names(size)
    known = accounts(usernames)
    missing = [User(username=name, password=make_password(None)) for name in usernames if name not in known]
    User.objects.bulk_create(missing, batch_size=ROWS_PER_STATEMENT)
    inboxes.ensure(user.pk for user in accounts(usernames).values())
    return len(missing)


@transaction.atomic
def renew_tokens(*, users: Sequence[User]) -> dict[int, str]:
    """A key for each of them, by user id, instead of all that they had: stored keys cannot be shown again."""
    for start in range(0, len(users), ROWS_PER_STATEMENT):  # SQLite takes a limited number of parameters
        Token.objects.filter(user__in=users[start : start + ROWS_PER_STATEMENT]).delete()
    return tokens.issue_many(users=users)
