from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from messages_store.models import Attachment, Look

from . import bodies
from .badges import precise
from .filters import MessageFilter, UserFilter
from .large import LargeTableAdmin
from .readonly import ReadOnly

SECRET = {"name", "file", "thumbnail", "parts"}
FIELDS = ["id", "owner", "to_message", "state", "type", "file_size", "width", "height", "size", "received"]
TIMES = ["created_at", "sent_at", "removed_at"]


class OwnerFilter(UserFilter):
    title, parameter_name, field = _("owner"), "owner", "owner"


@admin.register(Attachment)
class AttachmentAdmin(ReadOnly, LargeTableAdmin):
    """Files and where they are in their life. A name says something, so it is for those who may read messages."""

    list_display = ["id", "owner", "called", "type", "file_size", "state", "to_message", "created", "removed"]
    list_filter = [OwnerFilter, MessageFilter, "state"]
    list_select_related = ["owner", "message"]

    def before_showing(self, request, page):
        if bodies.may_read(request):
            ids = [row.message_id for row in page.result_list if row.message_id]
            bodies.record(request, Look.What.LIST, ids, subject=bodies.asked_for(request))

    def get_list_display(self, request):
        return [name for name in self.list_display if name != "called" or bodies.may_read(request)]

    def get_fields(self, request, obj=None):
        return FIELDS + (["name"] if bodies.may_read(request) else []) + TIMES

    def lookup_allowed(self, lookup, value, request):
        """By nobody's address bar: it would tell what a file is called, and no look is recorded of it."""
        return lookup.split("__")[0] not in SECRET and super().lookup_allowed(lookup, value, request)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        if bodies.may_read(request):
            found = self.get_object(request, object_id)
            bodies.record(request, Look.What.MESSAGE, [found.message_id] if found and found.message_id else [])
        return super().change_view(request, object_id, form_url, extra_context)

    @admin.display(description=_("name"))
    def called(self, attachment):
        return attachment.name

    @admin.display(description=_("message"))
    def to_message(self, attachment):
        if attachment.message_id is None:
            return None
        address = reverse("admin:messages_store_message_change", args=[attachment.message_id])
        return format_html('<a href="{}">{}</a>', address, attachment.message)

    @admin.display(description=_("created"))
    def created(self, attachment):
        return precise(attachment.created_at)

    @admin.display(description=_("removed"))
    def removed(self, attachment):
        return precise(attachment.removed_at)
