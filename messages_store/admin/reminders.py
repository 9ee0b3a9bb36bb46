from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from messages_store import notifiers
from messages_store.models import Reminder
from messages_store.services import reminding

from .attempted import AttemptedAdmin
from .filters import UserFilter


class ReminderUserFilter(UserFilter):
    title, parameter_name, field = _("user"), "user", "user"


class NotifierFilter(admin.SimpleListFilter):
    """Those there are now. What another one did before is found under all."""

    title = _("notifier")
    parameter_name = "notifier"

    def lookups(self, request, model_admin):
        return [(name, name) for name in sorted(notifiers.load())]

    def queryset(self, request, queryset):
        return queryset.filter(notifier=self.value()) if self.value() else queryset


@admin.register(Reminder)
class ReminderAdmin(AttemptedAdmin):
    """Who was or will be reminded, how often it was tried, and what became of it."""

    list_display = ["pk", "user", "notifier", "number", "how", "error", "attempts", "due", "attempted", "next", "ended"]
    list_filter = ["outcome", NotifierFilter, ReminderUserFilter]
    actions = ["remind_now", "give_up"]
    fields = readonly_fields = [
        "key", "user", "notifier", "number", "how", "error", "attempts", "forced", "due", "attempted", "next", "ended",
        "spell", "from_seq", "up_to_seq", "messages", "conversations", "notifications",
    ]  # fmt: skip

    @admin.action(description=_("Remind now"), permissions=["handle"])
    def remind_now(self, request, queryset):
        done = reminding.remind_now(reminder_ids=self.ids(queryset))
        self.tell(request, ngettext("%d reminder goes out now.", "%d reminders go out now.", done), done)

    @admin.action(description=_("Give up"), permissions=["handle"])
    def give_up(self, request, queryset):
        done = reminding.give_up(reminder_ids=self.ids(queryset))
        self.tell(request, ngettext("%d reminder was given up.", "%d reminders were given up.", done), done)
