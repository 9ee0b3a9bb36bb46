"""The session engine: Django's in the database, but a session that gets a new key leaves word where it is now.

Django gives a session a new key when its user changes the own password, and on its first use after SECRET_KEY was
rotated. Neither signs anybody out, so the sockets that came by the old key must be able to follow, and what hangs on
the session goes along: its `SignIn`, and with that the browser's reminders. They end with the session.
"""

from datetime import timedelta
from hashlib import sha256

from asgiref.sync import sync_to_async
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.utils import timezone

from messages_store.models import SignIn

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
        self._moving = True  # it deletes what was under the old key
        try:
            super().cycle_key()
        finally:
            self._moving = False
        if before and SESSION_KEY in self:
            self._leave_word(before)

    async def acycle_key(self):
        await sync_to_async(self.cycle_key)()

    def delete(self, session_key=None):
        key = session_key or self.session_key
        super().delete(session_key)
        if key and not self._moving:
            SignIn.objects.filter(session_key=key).delete()

    async def adelete(self, session_key=None):
        await sync_to_async(self.delete)(session_key)

    _moving = False

    def _leave_word(self, before: str) -> None:
        word = {"session_data": self.encode({MOVED_TO: self.session_key}), "expire_date": timezone.now() + KEPT}
        self.model.objects.update_or_create(session_key=forwarding_key(before), defaults=word)
        SignIn.objects.filter(session_key=before).update(session_key=self.session_key)
