"""Keys that sign programs in. Only digests are stored, so a key is shown once: when it is issued."""

import logging
import secrets
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import OperationalError, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from messages_store.errors import Invalid, NotFound
from messages_store.models import Token, User
from messages_store.scopes import MEANINGS

logger = logging.getLogger(__name__)

BEGINNING = "im_"  # of every key, so that people and scanners of leaked secrets know one when they see it
SHOWN = len(BEGINNING) + 8  # characters that stay readable; the other 35 hold 210 bits
NOTED_FOR = timedelta(minutes=1)  # a use is written again only after so long
HELD_FOR = timedelta(minutes=15)  # the same for tokens that hold sockets open: there may be very many of them


def issue(*, user: User, name: str = "", scopes: Collection[str] = (), expires_at: datetime | None = None) -> str:
    """Give this user one more key: for all that the user may, or only for these scopes."""
    unknown = sorted(set(scopes) - MEANINGS.keys())
    if unknown:
        raise Invalid(_("There is no scope %(scope)s.") % {"scope": unknown[0]})
    key = _new_key()
    token = _row(key, user.pk)
    token.name, token.scopes, token.expires_at = name, sorted(set(scopes)) or None, expires_at
    token.save(force_insert=True)
    return key


def issue_many(*, users: Iterable[User]) -> dict[int, str]:
    """One more key for each of these users, by user id, in a bounded number of queries per thousand."""
    keys = {user.pk: _new_key() for user in users}
    Token.objects.bulk_create([_row(key, id) for id, key in keys.items()], batch_size=1_000)
    return keys


def _new_key() -> str:
    return BEGINNING + secrets.token_urlsafe(32)


def _row(key: str, user_id: int) -> Token:
    return Token(digest=digest(key), prefix=key[:SHOWN], user_id=user_id)


def find(key: str) -> Token | None:
    """The token of this key, with its user; None where it is unknown, too late, or its account disabled."""
    return find_all(keys=[key]).get(key)


def find_all(*, keys: Collection[str]) -> dict[str, Token]:
    """The same for many keys, in one query; a key that signs nobody in is left out."""
    digests = {key: digest(key) for key in keys}
    good = Token.objects.good().select_related("user")
    found = {token.pk: token for token in good.filter(pk__in=set(digests.values()), user__is_active=True)}
    return {key: found[pk] for key, pk in digests.items() if pk in found}


def existing(digests: Collection[str]) -> set[str]:
    """Those of these digests whose keys are still good, if their users are. Sockets are open by them: that is a use."""
    if not digests:
        return set()
    good = Token.objects.good().filter(pk__in=digests).annotate(unnoted=_unnoted(HELD_FOR))
    found = dict(good.values_list("pk", "unnoted"))
    note_use(digests=[pk for pk, unnoted in found.items() if unnoted], at_most_every=HELD_FOR)
    return set(found)


def note_use(*, digests: Collection[str], at_most_every: timedelta = NOTED_FOR) -> None:
    """Write down that these tokens were used, unless that is written since not so long ago.

    A note is no reason to refuse what was asked for: where the store is too busy for it, it is left out.
    """
    if not digests:
        return
    try:
        with transaction.atomic():
            Token.objects.filter(_unnoted(at_most_every), pk__in=digests).update(last_used_at=Now())
    except OperationalError as error:
        logger.warning("The use of %s tokens could not be noted: %s", len(digests), error)


def _unnoted(after: timedelta) -> Q:
    return Q(last_used_at=None) | Q(last_used_at__lte=Now() - after)


def of(*, user: User | None = None) -> list[Token]:
    """The tokens of this user, or of everybody, the newest first."""
    tokens = Token.objects.select_related("user").order_by("-created_at", "prefix")
    return list(tokens if user is None else tokens.filter(user=user))


def withdraw(*, prefix: str) -> Token:
    """Delete the one token whose key begins like this; sockets that it holds open end within a look."""
    found = list(Token.objects.select_related("user").filter(prefix__startswith=prefix)[:2]) if prefix else []
    if not found:
        raise NotFound(_("There is no token that begins like this."))
    if len(found) > 1:
        raise Invalid(_("Several tokens begin like this."))
    Token.objects.filter(pk=found[0].pk).delete()
    return found[0]


def digest(key: str) -> str:
    # What strangers send as a key may hold half of a surrogate pair. It is unknown then, and no error.
    return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
