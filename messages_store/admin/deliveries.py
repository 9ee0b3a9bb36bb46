from django.contrib import admin

from messages_store.models import Delivery

from .filters import MessageFilter, RecipientFilter
from .large import LargeTableAdmin
from .readonly import ReadOnly
from .status import DeliveryStatusFilter


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly, LargeTableAdmin):
    """The entries of all inboxes."""

    list_display = ["recipient", "seq", "message", "event", "status", "sent_at", "sent_by", "sent_on"]
    list_display_links = ["seq"]
    list_filter = [DeliveryStatusFilter, "event", RecipientFilter, MessageFilter]
    list_select_related = ["recipient", "message", "sent_by", "sent_on"]
