"""The clock moved: the database's cannot be, so everything that is written down happened so long before."""

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.db.models import F

from messages_store.models import (
    Attachment,
    Chore,
    Delivery,
    Digest,
    Member,
    Message,
    Notification,
    Preferences,
    Pruning,
    Reminder,
    SignIn,
    Worker,
)

TIMES = {
    Attachment: ["created_at", "sent_at", "removed_at"],
    Message: ["created_at", "edited_at", "recalled_at"],
    Delivery: ["stored_at", "sent_at"],
    Member: ["joined_at"],
    Notification: ["created_at", "finished_at"],
    Reminder: ["created_at", "due_at", "next_at", "attempted_at", "ended_at"],
    Digest: ["created_at", "due_at", "next_at", "until_at", "attempted_at", "ended_at"],
    Preferences: ["digest_at"],
    Pruning: ["began_at", "beat_at", "ended_at"],
    Chore: ["next_at"],
    Session: ["expire_date"],
    SignIn: ["created_at", "seen_at"],
    Worker: ["started_at", "beat_at"],
}


def later(**by) -> None:
    """later(hours=1): as if that time had passed."""
    for model, names in TIMES.items():
        model.objects.update(**{name: F(name) - timedelta(**by) for name in names})
