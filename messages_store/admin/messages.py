from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from messages_store.models import Delivery, Message

from .large import LargeTableAdmin
from .names import names
from .readonly import ReadOnly
from .rows import ReadOnlyRows
from .status import MessageStatusFilter, reach

BEGINNING_CHARACTERS = 60


class DeliveryRows(ReadOnlyRows):
    """In whose inbox it is, and whether a device of theirs acknowledged it."""

    model = Delivery
    fields = readonly_fields = ["recipient", "seq", "event", "status", "sent_at"]
    list_select_related = ["recipient"]


@admin.register(Message)
class MessageAdmin(ReadOnly, LargeTableAdmin):
    """What was said, and whom it reached."""

    list_display = ["id", "where", "number", "sender", "beginning", "created_at", "status"]
    list_display_links = ["id", "beginning"]
    list_filter = [MessageStatusFilter]
    list_select_related = ["conversation", "sender"]
    search_fields = ["body", "sender__username", "conversation__title"]
    search_help_text = _("text, username of the sender, or title of the conversation")
    readonly_fields = ["status", "all_deliveries"]
    inlines = [DeliveryRows]

    def look_up(self, rows):
        called = names(row.conversation for row in rows if row.conversation)
        reached = reach(rows)
        for row in rows:
            row.where, row.status = called.get(row.conversation_id), reached[row.pk]

    @admin.display(description=_("conversation"))
    def where(self, message):
        return message.where

    @admin.display(description=_("text"), empty_value=_("(no text)"))
    def beginning(self, message):
        return Truncator(message.body).chars(BEGINNING_CHARACTERS) or None

    @admin.display(description=_("status"))
    def status(self, message):
        return str(message.status)

    @admin.display(description=_("deliveries"))
    def all_deliveries(self, message):
        address = reverse("admin:messages_store_delivery_changelist")
        return format_html('<a href="{}?message__id__exact={}">{}</a>', address, message.pk, _("all of them"))
