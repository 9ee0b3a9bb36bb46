from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from messages_store.models import Look

from .badges import precise
from .filters import UserFilter
from .large import LargeTableAdmin
from .readonly import ReadOnly


class LookerFilter(UserFilter):
    title, parameter_name, field = _("who looked"), "by", "by"


@admin.register(Look)
class LookAdmin(ReadOnly, LargeTableAdmin):
    """Who looked at what people say. Nobody writes here by hand."""

    list_display = ["time", "by", "what", "subject", "how_many", "address"]
    list_display_links = ["time"]
    list_filter = ["what", LookerFilter]
    list_select_related = ["by"]
    date_hierarchy = "at"
    fields = readonly_fields = ["at", "by", "what", "subject", "address", "those"]

    @admin.display(description=_("when"))
    def time(self, look):
        return precise(look.at)

    @admin.display(description=_("messages"))
    def how_many(self, look):
        return len(look.messages)

    @admin.display(description=_("messages"))
    def those(self, look):
        return format_html_join(" ", "{}", ((id,) for id in look.messages)) or None
