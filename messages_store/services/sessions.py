"""Sessions by their keys: which there are, what is in them, and whom they sign in. Changes none of them."""

from collections.abc import Collection, Iterable
from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends import db
from django.db.models.functions import Now
from django.utils.crypto import constant_time_compare

from messages_store.models import User
from messages_store.sessions import MOVED_TO, forwarding_key

MOVES = 3  # how often a session may have got a new key since the last look


def engine() -> type:
    return import_module(settings.SESSION_ENGINE).SessionStore


def existing(keys: Collection[str]) -> set[str]:
    """Those of these keys under which there is a session: one query, or one call each where they are not in tables."""
    if not keys:
        return set()
    if not issubclass(engine(), db.SessionStore):
        return {key for key in keys if engine()(key).load()}
    return set(_rows(keys).values_list("session_key", flat=True))


def load(keys: Collection[str]) -> dict[str, tuple[str, dict]]:
    """For each of these keys the session's present key and its data; those that are gone are left out."""
    found: dict[str, tuple[str, dict]] = {}
    now_at = {key: key for key in keys}
    for _move in range(MOVES):
        data = _data({name for key in now_at.values() for name in (key, forwarding_key(key))})
        found |= {key: (now, data[now]) for key, now in now_at.items() if now in data}
        words = {key: data.get(forwarding_key(now), {}).get(MOVED_TO) for key, now in now_at.items()}
        now_at = {key: word for key, word in words.items() if word and key not in found}
        if not now_at:
            break
    return found


def _rows(keys: Iterable[str]):
    return engine().get_model_class().objects.filter(session_key__in=keys, expire_date__gt=Now())


def _data(keys: Collection[str]) -> dict[str, dict]:
    store = engine()
    if not issubclass(store, db.SessionStore):
        return {key: data for key in keys if (data := store(key).load())}
    return {row.session_key: store().decode(row.session_data) for row in _rows(keys)}


def user_id_of(data: dict) -> int | None:
    """Whom a session names; whether that is still so, `signs_in` tells."""
    if data.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return None
    return User._meta.pk.to_python(data[SESSION_KEY])


def signs_in(data: dict, user: User) -> bool:
    """Whether a session's data are still good for this user: signed with our key or an earlier one."""
    if not user.is_active or user_id_of(data) != user.pk:
        return False
    good = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return any(constant_time_compare(data.get(HASH_SESSION_KEY, ""), one) for one in good)
