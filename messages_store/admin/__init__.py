"""Inspection: who is there, what was said, and what became of it.

History is read-only here. Every page costs the same number of queries however many rows it shows, and none of them
counts a whole table.
"""

from . import (
    addresses,
    attachments,
    conversations,
    deliveries,
    digests,
    inboxes,
    looks,
    messages,
    notifications,
    preferences,
    pruning,
    reminders,
    tokens,
    users,
    workers,
)

__all__ = [
    "addresses",
    "attachments",
    "conversations",
    "deliveries",
    "digests",
    "inboxes",
    "looks",
    "messages",
    "notifications",
    "preferences",
    "pruning",
    "reminders",
    "tokens",
    "users",
    "workers",
]
