"""A status as a coloured word, and a time to the second. The word says it all; the colour only helps the eye."""

from datetime import datetime

from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from messages_store.models import Delivery, Message


def badge(message: Message):
    """How far a message has come, and whether somebody has dealt with it."""
    reached = message.status
    state = "sent" if not reached.waiting else "unsent" if reached.waiting == reached.people else "partly"
    shown = format_html('<span class="badge {}">{}</span>', state, reached)
    if message.dealt_with is None:
        return shown
    return format_html('{} <span class="badge handled">{}</span>', shown, _("handled"))


def delivery_badge(delivery: Delivery):
    return format_html('<span class="badge {}">{}</span>', delivery.status, delivery.get_status_display())


def precise(time: datetime | None) -> str | None:
    """To the second, as one who looks for what happened needs it."""
    return None if time is None else date_format(localtime(time), "Y-m-d H:i:s")
