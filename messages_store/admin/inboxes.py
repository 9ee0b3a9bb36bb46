from django.contrib import admin
from django.db.models import F
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from messages_store.models import Inbox

from .filters import UserFilter
from .large import LargeTableAdmin
from .readonly import ReadOnly


class OwnerFilter(UserFilter):
    title, parameter_name, field = _("user"), "user", "user"


class WaitingFilter(admin.SimpleListFilter):
    """Whose devices have not acknowledged everything."""

    title = _("lag")
    parameter_name = "waiting"

    def lookups(self, request, model_admin):
        return [("yes", _("some")), ("no", _("none"))]

    def queryset(self, request, queryset):
        match self.value():
            case "yes":
                return queryset.filter(acked_seq__lt=F("last_seq"))
            case "no":
                return queryset.filter(acked_seq=F("last_seq"))
        return queryset


@admin.register(Inbox)
class InboxAdmin(ReadOnly, LargeTableAdmin):
    """How far everybody's devices are; those that are furthest behind come first."""

    list_display = ["user", "epoch", "head", "acked_seq", "lag", "floor_seq"]
    list_filter = [WaitingFilter, OwnerFilter]
    list_select_related = ["user"]
    ordering = [(F("last_seq") - F("acked_seq")).desc(), "-pk"]
    fields = readonly_fields = ["user", "epoch", "head", "acked_seq", "lag", "floor_seq"]

    @admin.display(description=_("head"))
    def head(self, inbox):
        return inbox.last_seq

    @admin.display(description=_("lag"))
    def lag(self, inbox):
        """Entries that wait for an acknowledgement. Among them may be one's own, which are born sent."""
        entries = inbox.last_seq - inbox.acked_seq
        return format_html('<span class="badge {}">{}</span>', "unsent" if entries else "sent", entries)
