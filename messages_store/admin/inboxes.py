from django.contrib import admin
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from messages_store.models import Inbox

from .large import LargeTableAdmin
from .readonly import ReadOnly


class WaitingFilter(admin.SimpleListFilter):
    """Whose devices have not acknowledged everything."""

    title = _("unsent")
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
    """How far everybody's devices are."""

    list_display = ["user", "last_seq", "acked_seq", "floor_seq", "unsent", "epoch"]
    list_filter = [WaitingFilter]
    list_select_related = ["user"]
    search_fields = ["user__username"]
    search_help_text = _("username")
    readonly_fields = ["unsent"]

    @admin.display(description=_("unsent"))
    def unsent(self, inbox):
        return inbox.last_seq - inbox.acked_seq
