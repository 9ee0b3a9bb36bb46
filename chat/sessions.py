"""The session engine: Django's in the database, but a session that gets a new key leaves word where it is now.

Django gives a session a new key when its user changes the own password, and on its first use after SECRET_KEY was
rotated. Neither signs anybody out, so the sockets that came by the old key must be able to follow.
"""

from datetime import timedelta
from hashlib import sha256

from asgiref.sync import sync_to_async
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.utils import timezone

MOVED_TO = "moved_to"
KEPT = timedelta(
    days=1
)  # nodes look every few seconds, as soon as they reach the store; their clocks may be hours apart


def forwarding_key(session_key: str) -> str:
    """Where word is left of a session that had this key. Whoever knows it is nobody: it holds no user."""
    return "moved" + sha256(session_key.encode("utf-8", "surrogatepass")).hexdigest()[:32]


class SessionStore(db.SessionStore):
    """A session in the database, which can be followed from key to key."""

    def cycle_key(self):
        before = self.session_key
        super().cycle_key()
        if before and SESSION_KEY in self:
            self._leave_word(before)

    async def acycle_key(self):
        before = self.session_key
        await super().acycle_key()
        if before and SESSION_KEY in self:
            await sync_to_async(self._leave_word)(before)

    def _leave_word(self, before: str) -> None:
        word = {"session_data": self.encode({MOVED_TO: self.session_key}), "expire_date": timezone.now() + KEPT}
        self.model.objects.update_or_create(session_key=forwarding_key(before), defaults=word)
