"""Where somebody is signed in, and signing out there. Sockets and reminders of a session end with it."""

import logging
from collections.abc import Collection, Iterable

from django.db import DatabaseError, transaction
from django.db.models.functions import Now

from messages_store.errors import NotFound
from messages_store.models import SignIn, User

from . import sessions

logger = logging.getLogger(__name__)

LONGEST_AGENT = 300  # characters


def note(*, user_id: int, session_key: str, address: str = "", agent: str = "") -> bool:
    """This session was used just now, from there. Whether that could be written: nothing depends on it."""
    used = SignIn(user_id=user_id, session_key=session_key, address=address, agent=_plain(agent), seen_at=Now())
    told = ["user", "address", "agent", "seen_at"]
    try:
        with transaction.atomic():
            SignIn.objects.bulk_create([used], update_conflicts=True, unique_fields=["session_key"], update_fields=told)
    except DatabaseError as error:
        logger.warning("A sign-in was not noted: %s", error)
        return False
    return True


def see(*, session_keys: Collection[str]) -> None:
    """These sessions are in use at this moment. Locked in key order, as all that writes several rows."""
    seen = SignIn.objects.filter(session_key__in=session_keys).order_by("pk")
    with transaction.atomic():
        ids = list(seen.select_for_update(no_key=True).values_list("pk", flat=True))
        SignIn.objects.filter(pk__in=ids).update(seen_at=Now())


def _plain(agent: str) -> str:
    """What a header says, as far as it can be stored and shown."""
    return "".join(sign for sign in agent if sign.isprintable())[:LONGEST_AGENT]


def known(*, user_id: int, session_key: str) -> SignIn:
    """The row of a session that is in use."""
    return SignIn.objects.get_or_create(session_key=session_key, defaults={"user_id": user_id})[0]


def of(*, user: User) -> list[SignIn]:
    """Where this user is signed in, the last seen first. What has ended meanwhile is forgotten."""
    rows = list(SignIn.objects.filter(user=user).order_by("-seen_at", "-pk"))
    good = good_keys(user=user, session_keys=[row.session_key for row in rows])
    SignIn.objects.filter(pk__in=[row.pk for row in rows if row.session_key not in good]).delete()
    return [row for row in rows if row.session_key in good]


def good_keys(*, user: User, session_keys: Iterable[str]) -> set[str]:
    """Those of these sessions that sign this user in."""
    loaded = sessions.load(set(session_keys))
    return {key for key, (_now, data) in loaded.items() if sessions.signs_in(data, user)}


@transaction.atomic
def end(*, user_id: int, sign_in_id: int) -> None:
    """Sign out there."""
    if not _end(SignIn.objects.filter(user=user_id, pk=sign_in_id)):
        raise NotFound


@transaction.atomic
def end_others(*, user_id: int, session_key: str) -> int:
    """Sign out everywhere but in this session; in how many places."""
    return _end(SignIn.objects.filter(user=user_id).exclude(session_key=session_key))


def _end(rows) -> int:
    """The sessions go, and what hangs on them with them."""
    keys = list(rows.order_by("pk").values_list("session_key", flat=True))
    for key in keys:
        sessions.engine()(key).delete(key)
    rows.delete()  # with another engine nobody has done it yet
    return len(keys)
