"""What a token may be limited to. Pure.

A token without scopes may all that its user may. Scopes only take away: what its user may not, no scope allows.
"""

from collections.abc import Collection

from django.utils.translation import gettext_lazy as _

NOTIFICATIONS_SEND = "notifications:send"
CONVERSATIONS_READ = "conversations:read"
CONVERSATIONS_WRITE = "conversations:write"
INBOX_READ = "inbox:read"
USERS_READ = "users:read"
PREFERENCES_WRITE = "preferences:write"

MEANINGS = {
    NOTIFICATIONS_SEND: _("send notifications, and see how far they came"),
    CONVERSATIONS_READ: _("see conversations and their messages"),
    CONVERSATIONS_WRITE: _("write, edit, recall, mark as read; open and change conversations"),
    INBOX_READ: _("get and acknowledge events: by polling, or by a socket"),
    USERS_READ: _("find people, and see who is online"),
    PREFERENCES_WRITE: _("change one's language, time zone, quiet hours and ways to be reminded"),
}


def allows(granted: Collection[str] | None, wanted: str) -> bool:
    """Whether these scopes, or none, cover that one."""
    return not granted or wanted in granted
