"""What signed connections in, and whether it still does."""

from collections.abc import Collection
from dataclasses import dataclass, field
from hashlib import blake2b

from messages_store.models import User
from messages_store.services import sessions, tokens


@dataclass(frozen=True, slots=True)
class Proof:
    """What signed a connection in: a session's key, or a token's digest. Kept in memory only, and in no log."""

    user_id: int
    password: bytes = field(repr=False)  # a fingerprint of the password's hash; it means nothing to a token
    session_key: str = field(default="", repr=False)
    token: str = field(default="", repr=False)


def proof(user: User, **what: str) -> Proof:
    return Proof(user.pk, fingerprint(user.password), **what)


def fingerprint(password: str) -> bytes:
    """Of the stored hash. It changes with the password, and not with SECRET_KEY."""
    return blake2b(password.encode(), digest_size=16).digest()


def look_again(*, proofs: Collection[Proof]) -> dict[Proof, Proof | None]:
    """Those that are not what they were: with what stands in their place now, or None for who is signed out.

    Three queries for any number of proofs, and a few more when there are some that changed.
    """
    found = User.objects.filter(pk__in={proof.user_id for proof in proofs}, is_active=True)
    passwords = {id: fingerprint(password) for id, password in found.values_list("pk", "password")}
    there = tokens.existing({proof.token for proof in proofs if proof.token})
    there |= sessions.existing({proof.session_key for proof in proofs if proof.session_key})
    changed = [proof for proof in proofs if not _is_good(proof, passwords, there)]
    moved = [proof for proof in changed if proof.session_key and proof.user_id in passwords]
    return dict.fromkeys(changed) | _follow(moved)


def _is_good(proof: Proof, passwords: dict[int, bytes], there: set[str]) -> bool:
    if proof.token:
        return proof.user_id in passwords and proof.token in there
    same_password = passwords.get(proof.user_id) == proof.password
    return same_password and (not proof.session_key or proof.session_key in there)


def _follow(moved: Collection[Proof]) -> dict[Proof, Proof | None]:
    """Sessions with another key or another password than they had: good, if they are their user's under these."""
    if not moved:
        return {}
    loaded = sessions.load({proof.session_key for proof in moved})
    users = User.objects.in_bulk({proof.user_id for proof in moved})
    return {old: _renewed(loaded.get(old.session_key), users.get(old.user_id)) for old in moved}


def _renewed(session: tuple[str, dict] | None, user: User | None) -> Proof | None:
    if session is None or user is None or not sessions.signs_in(session[1], user):
        return None
    return proof(user, session_key=session[0])
