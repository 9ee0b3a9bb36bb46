from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from messages_store.models import Delivery

from .large import LargeTableAdmin
from .readonly import ReadOnly
from .status import DeliveryStatusFilter


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly, LargeTableAdmin):
    """The entries of all inboxes."""

    list_display = ["recipient", "seq", "message", "event", "status", "sent_at"]
    list_display_links = ["seq"]
    list_filter = [DeliveryStatusFilter, "event"]
    list_select_related = ["recipient", "message"]
    search_fields = ["recipient__username"]
    search_help_text = _("username of the recipient")
