from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messages_store.models import Look, Notification
from messages_store.services import notifications

from . import bodies
from .badges import precise
from .filters import SenderFilter
from .large import LargeTableAdmin
from .readonly import ReadOnly
from .text_search import TextSearch

SAYS = ("title", "body", "url", "data")  # what it says, for those who may read that


class ProgressFilter(admin.SimpleListFilter):
    """Those that somebody still has to get."""

    title = gettext_lazy("progress")
    parameter_name = "progress"

    def lookups(self, request, model_admin):
        return [("going", gettext_lazy("on its way")), ("done", gettext_lazy("delivered"))]

    def queryset(self, request, queryset):
        return queryset.filter(finished_at__isnull=self.value() == "going") if self.value() else queryset


@admin.register(Notification)
class NotificationAdmin(TextSearch, ReadOnly, LargeTableAdmin):
    """What services told many people at once, and how far it has come."""

    list_display = ["number", "progress", "title", "level", "from_whom", "created", "finished"]
    list_display_links = ["number"]
    list_filter = [ProgressFilter, "level", SenderFilter]
    list_select_related = ["sender"]
    search_fields = ["title", "body"]
    search_help_text = gettext_lazy("words of the title or the text")
    readonly_fields = ["progress", "became", "from_whom", "created", "finished", "trace"]

    def get_queryset(self, request):
        return super().get_queryset(request).defer("audience")  # up to 100,000 ids each

    def before_showing(self, request, page):
        if bodies.may_read(request):
            what = Look.What.SEARCH if page.query else Look.What.LIST
            ids = [row.pk for row in page.result_list]
            bodies.record(request, what, ids, subject=f"notifications {bodies.asked_for(request)}".strip())

    def get_list_display(self, request):
        return [name for name in self.list_display if name not in SAYS or bodies.may_read(request)]

    def get_fields(self, request, obj=None):
        says = SAYS if bodies.may_read(request) else ()
        return ["progress", "became", *says, "level", "from_whom", "audience", "created", "finished", "trace"]

    def lookup_allowed(self, lookup, value, request):
        return lookup.split("__")[0] not in (*SAYS, "message") and super().lookup_allowed(lookup, value, request)

    def render_change_form(self, request, context, **options):
        if bodies.may_read(request):
            bodies.record(request, Look.What.MESSAGE, [context["original"].pk])
        return super().render_change_form(request, context, **options)

    @admin.display(description="ID")
    def number(self, notification):
        return notification.pk

    @admin.display(description=gettext_lazy("progress"))
    def progress(self, notification):
        done, total = notification.done, notification.total
        return format_html(
            '<progress max="{}" value="{}" aria-label="{}"></progress> {}',
            max(total, 1),
            done if total else 1,
            _("progress"),
            _("%(done)d of %(total)d") % {"done": done, "total": total},
        )

    @admin.display(description=gettext_lazy("what became of it"))
    def became(self, notification):
        counts = notifications.counts(notification_id=notification.pk)
        badges = (
            ("unsent", counts.unsent, _("unsent")),
            ("sent", counts.sent, _("sent")),
            ("", counts.read, _("read")),
        )
        return format_html_join(" ", '<span class="badge {}">{} {}</span>', badges)

    @admin.display(description=gettext_lazy("sender"))
    def from_whom(self, notification):
        return str(notification.sender) if notification.sender else _("the system")

    @admin.display(description=gettext_lazy("created"))
    def created(self, notification):
        return precise(notification.created_at)

    @admin.display(description=gettext_lazy("finished"))
    def finished(self, notification):
        return precise(notification.finished_at)

    @admin.display(description=gettext_lazy("trace"))
    def trace(self, notification):
        address = reverse("admin:messages_store_message_change", args=[notification.pk])
        return format_html('<a href="{}">{}</a>', address, _("its message, recipient by recipient"))
