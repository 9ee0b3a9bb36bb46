"""Keys that sign programs in. Only digests are stored, so a key is shown once: when it is issued."""

import secrets
from collections.abc import Collection, Iterable
from hashlib import sha256

from messages_store.models import Token, User


def issue(*, user: User) -> str:
    """Give this user one more key."""
    return issue_many(users=[user])[user.pk]


def issue_many(*, users: Iterable[User]) -> dict[int, str]:
    """One more key for each of these users, by user id, in a bounded number of queries per thousand."""
    keys = {user.pk: secrets.token_urlsafe(32) for user in users}
    Token.objects.bulk_create([Token(digest=digest(key), user_id=id) for id, key in keys.items()], batch_size=1_000)
    return keys


def user_for(key: str) -> User | None:
    """The active user whom this key signs in, or None."""
    return users_for(keys=[key]).get(key)


def users_for(*, keys: Collection[str]) -> dict[str, User]:
    """The active users whom these keys sign in; a key that signs nobody in is left out. One query."""
    digests = {key: digest(key) for key in keys}
    found = Token.objects.select_related("user").filter(digest__in=set(digests.values()), user__is_active=True)
    users = {token.digest: token.user for token in found}
    return {key: users[name] for key, name in digests.items() if name in users}


def existing(digests: Collection[str]) -> set[str]:
    """Those of these digests whose keys are still good, if their users are."""
    return set(Token.objects.filter(pk__in=digests).values_list("pk", flat=True)) if digests else set()


def digest(key: str) -> str:
    # What strangers send as a key may hold half of a surrogate pair. It is unknown then, and no error.
    return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
