from django.contrib import admin, messages
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from messages_store.models import Reminder
from messages_store.services import reminding

from .badges import precise
from .filters import UserFilter
from .large import LargeTableAdmin
from .readonly import ReadOnly

COLOURS = {"sent": "sent", "failed": "unsent", "waiting": "partly"}


class ReminderUserFilter(UserFilter):
    title, parameter_name, field = _("user"), "user", "user"


class NotifierFilter(admin.SimpleListFilter):
    """Those there are now. What another one did before is found under all."""

    title = _("notifier")
    parameter_name = "notifier"

    def lookups(self, request, model_admin):
        names = Reminder.objects.order_by().values_list("notifier", flat=True).distinct()
        return [(name, name) for name in sorted(names)]

    def queryset(self, request, queryset):
        return queryset.filter(notifier=self.value()) if self.value() else queryset


@admin.register(Reminder)
class ReminderAdmin(ReadOnly, LargeTableAdmin):
    """Who was or will be reminded, how often it was tried, and what became of it."""

    list_display = ["pk", "user", "notifier", "number", "how", "error", "attempts", "due", "attempted", "next", "ended"]
    list_display_links = ["pk"]
    list_filter = ["outcome", NotifierFilter, ReminderUserFilter]
    list_select_related = ["user"]
    actions = ["remind_now", "give_up"]
    fields = readonly_fields = [
        "key", "user", "notifier", "number", "how", "error", "attempts", "forced", "due", "attempted", "next", "ended",
        "spell", "from_seq", "up_to_seq", "messages", "conversations", "notifications",
    ]  # fmt: skip

    def has_handle_permission(self, request) -> bool:
        return request.user.has_perm("messages_store.handle_reminders")

    @admin.action(description=_("Remind now"), permissions=["handle"])
    def remind_now(self, request, queryset):
        done = reminding.remind_now(reminder_ids=self._ids(queryset))
        text = ngettext("%d reminder goes out now.", "%d reminders go out now.", done) % done
        self.message_user(request, text, messages.SUCCESS if done else messages.INFO)

    @admin.action(description=_("Give up"), permissions=["handle"])
    def give_up(self, request, queryset):
        done = reminding.give_up(reminder_ids=self._ids(queryset))
        text = ngettext("%d reminder was given up.", "%d reminders were given up.", done) % done
        self.message_user(request, text, messages.SUCCESS if done else messages.INFO)

    @staticmethod
    def _ids(queryset) -> list[int]:
        return list(queryset.values_list("pk", flat=True))

    @admin.display(description=_("outcome"))
    def how(self, reminder):
        colour = COLOURS.get(reminder.outcome, "")
        return format_html('<span class="badge {}">{}</span>', colour, reminder.get_outcome_display())

    @admin.display(description=_("due"))
    def due(self, reminder):
        return precise(reminder.due_at)

    @admin.display(description=_("last attempt"))
    def attempted(self, reminder):
        return precise(reminder.attempted_at)

    @admin.display(description=_("not before"))
    def next(self, reminder):
        return precise(reminder.next_at) if reminder.outcome == Reminder.Outcome.WAITING else None

    @admin.display(description=_("ended"))
    def ended(self, reminder):
        return precise(reminder.ended_at)

    class Media:
        css = {"all": ["messages_store/admin.css"]}
