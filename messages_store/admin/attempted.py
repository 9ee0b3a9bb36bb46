"""What goes out to one person, as the lists of reminders and of digests show it."""

from django.contrib import admin, messages
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from messages_store.models.attempted import Attempted

from .badges import precise
from .large import LargeTableAdmin
from .readonly import ReadOnly

COLOURS = {"sent": "sent", "failed": "unsent", "waiting": "partly"}


class AttemptedAdmin(ReadOnly, LargeTableAdmin):
    """How often it was tried, and what became of it."""

    list_display_links = ["pk"]
    list_select_related = ["user"]

    def has_handle_permission(self, request) -> bool:
        return request.user.has_perm("messages_store.handle_reminders")

    def tell(self, request, text: str, done: int) -> None:
        self.message_user(request, text % done, messages.SUCCESS if done else messages.INFO)

    @staticmethod
    def ids(queryset) -> list[int]:
        return list(queryset.values_list("pk", flat=True))

    @admin.display(description=_("outcome"))
    def how(self, row):
        return format_html('<span class="badge {}">{}</span>', COLOURS.get(row.outcome, ""), row.get_outcome_display())

    @admin.display(description=_("due"))
    def due(self, row):
        return precise(row.due_at)

    @admin.display(description=_("last attempt"))
    def attempted(self, row):
        return precise(row.attempted_at)

    @admin.display(description=_("not before"))
    def next(self, row):
        return precise(row.next_at) if row.outcome == Attempted.Outcome.WAITING else None

    @admin.display(description=_("ended"))
    def ended(self, row):
        return precise(row.ended_at)
