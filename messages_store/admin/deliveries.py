from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from messages_store.models import Delivery

from .badges import delivery_badge, precise
from .filters import MessageFilter, RecipientFilter
from .large import LargeTableAdmin
from .readonly import ReadOnly
from .status import DeliveryStatusFilter


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly, LargeTableAdmin):
    """The entries of all inboxes."""

    list_display = ["recipient", "seq", "to_message", "event", "how", "at", "through"]
    list_display_links = ["seq"]
    list_filter = [DeliveryStatusFilter, "event", RecipientFilter, MessageFilter]
    list_select_related = ["recipient", "message", "sent_by", "sent_on"]

    @admin.display(description=_("message"))
    def to_message(self, delivery):
        address = reverse("admin:messages_store_message_change", args=[delivery.message_id])
        return format_html('<a href="{}">{}</a>', address, delivery.message)

    @admin.display(description=_("status"))
    def how(self, delivery):
        return delivery_badge(delivery)

    @admin.display(description=_("sent"))
    def at(self, delivery):
        return precise(delivery.sent_at)

    @admin.display(description=_("device, node"))
    def through(self, delivery):
        return ", ".join(str(part) for part in (delivery.sent_by, delivery.sent_on) if part) or None
