"""A status as a coloured word. The word says it all; the colour only helps the eye."""

from django.utils.html import format_html
from django.utils.translation import gettext as _

from messages_store.models import Message


def badge(message: Message):
    """How far a message has come, and whether somebody has dealt with it."""
    reached = message.status
    state = "sent" if not reached.waiting else "unsent" if reached.waiting == reached.people else "partly"
    shown = format_html('<span class="badge {}">{}</span>', state, reached)
    if message.dealt_with is None:
        return shown
    return format_html('{} <span class="badge handled">{}</span>', shown, _("handled"))
