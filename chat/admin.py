"""The cluster as it is now, and who is connected to it."""

from asgiref.sync import async_to_sync
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from messages_store.admin.large import LargeTableAdmin
from messages_store.admin.readonly import ReadOnly
from messages_store.services import notifications, reading

from .bells import end_by_plain_code
from .models import Connection, Node
from .protocol import Close
from .services import cluster, connections

REFRESH = 5  # seconds


@admin.register(Node)
class NodeAdmin(ReadOnly, admin.ModelAdmin):
    """One page instead of a list. It shows the store, so it is right whichever node answers."""

    def changelist_view(self, request, extra_context=None):
        if not self.has_view_permission(request):
            raise PermissionDenied
        nodes = cluster.overview()
        context = {
            **self.admin_site.each_context(request),
            "title": _("Cluster"),
            "opts": self.opts,
            "refresh": REFRESH,
            "nodes": nodes,
            "connections": sum(node.connection_count for node in nodes),
            "oldest_unsent": _oldest_unsent(),
            "oldest_unfinished": notifications.oldest_unfinished(),
        }
        return TemplateResponse(request, "admin/chat/node/cluster.html", context)


def _oldest_unsent() -> float | None:
    """In seconds; None where the store has so much that it cannot be told in time."""
    try:
        age, _now = reading.oldest_unsent()
    except OperationalError:
        return None
    return age


@admin.register(Connection)
class ConnectionAdmin(ReadOnly, LargeTableAdmin):
    """Who is connected, where, and how far the device is."""

    list_display = [
        *("user", "node", "device_kind", "device_id", "address", "opened_at", "seen_at"),
        *("idle", "cursor", "acked", "ending"),
    ]
    list_display_links = None
    list_filter = ["node", "device_kind", "idle"]
    list_select_related = ["user", "node"]
    search_fields = ["user__username", "node__name"]
    search_help_text = _("username, or name of a node")
    actions = ["disconnect"]

    def has_disconnect_permission(self, request) -> bool:
        return request.user.has_perm("chat.change_connection")

    @admin.action(description=_("Disconnect"), permissions=["disconnect"])
    def disconnect(self, request, queryset):
        ids = list(queryset.values_list("pk", flat=True))
        endings = connections.end(connection_ids=ids, code=Close.ENDED)
        async_to_sync(end_by_plain_code)(endings)
        count = sum(map(len, endings.values()))
        self.message_user(request, ngettext("%d connection is closing.", "%d connections are closing.", count) % count)
