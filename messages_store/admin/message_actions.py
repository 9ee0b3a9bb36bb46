"""What an operator does with messages: rings again, reminds, notes what is dealt with, takes them along."""

from collections.abc import Iterable
from functools import partial

from django.contrib import admin, messages
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from messages_store.models import Look
from messages_store.ringing import ring_after_commit
from messages_store.services import handling, reminding

from . import bodies, export

MOST_AT_ONCE = 1_000


class MessageActions:
    """For the admin of messages. They change nothing of history."""

    actions = ["ring_again", "remind_now", "mark_handled", "unmark_handled", "export_csv", "export_json"]

    def has_handle_permission(self, request) -> bool:
        return request.user.has_perm("messages_store.handle_messages")

    @admin.action(description=gettext_lazy("Ring again"), permissions=["handle"])
    def ring_again(self, request, queryset):
        ids = self._some(request, queryset)
        if ids is None:
            return None
        events = handling.unsent_events(message_ids=ids)
        ring_after_commit(events)
        if events:
            text = ngettext("%d recipient was rung again.", "%d recipients were rung again.", len(events))
            self.message_user(request, text % len(events), messages.SUCCESS)
        else:
            self.message_user(request, _("Everybody has these messages: nobody was rung."), messages.INFO)
        return self._back(request)

    def has_remind_permission(self, request) -> bool:
        return request.user.has_perm("messages_store.handle_reminders")

    @admin.action(description=gettext_lazy("Remind now"), permissions=["remind"])
    def remind_now(self, request, queryset):
        ids = self._some(request, queryset)
        if ids is None:
            return None
        count = reminding.remind_now(reminder_ids=handling.reminders_of(message_ids=ids))
        if count:
            text = ngettext("%d reminder goes out now.", "%d reminders go out now.", count)
            self.message_user(request, text % count, messages.SUCCESS)
        else:
            text = _("Nobody waits for a reminder of these messages: no reminder goes out.")
            self.message_user(request, text, messages.INFO)
        return self._back(request)

    @admin.action(description=gettext_lazy("Mark as handled"), permissions=["handle"])
    def mark_handled(self, request, queryset):
        ids = self._some(request, queryset)
        if ids is None:
            return None
        count = handling.mark_handled(message_ids=ids, by=request.user)
        text = ngettext("%d message was marked as handled.", "%d messages were marked as handled.", count)
        self.message_user(request, text % count, messages.SUCCESS)
        return self._back(request)

    @admin.action(description=gettext_lazy("Mark as not handled"), permissions=["handle"])
    def unmark_handled(self, request, queryset):
        ids = self._some(request, queryset)
        if ids is None:
            return None
        count = handling.unmark_handled(message_ids=ids)
        text = ngettext("%d message is open again.", "%d messages are open again.", count)
        self.message_user(request, text % count, messages.SUCCESS)
        return self._back(request)

    @admin.action(description=gettext_lazy("Export as CSV"), permissions=["view"])
    def export_csv(self, request, queryset):
        parts = export.as_csv(self._rows(request, queryset))
        return export.response(request, parts, kind="text/csv; charset=utf-8", name="messages.csv")

    @admin.action(description=gettext_lazy("Export as JSON"), permissions=["view"])
    def export_json(self, request, queryset):
        parts = export.as_json(self._rows(request, queryset))
        return export.response(request, parts, kind="application/json", name="messages.json")

    def _rows(self, request, queryset) -> Iterable[list[dict]]:
        readable = bodies.may_read(request)
        record = partial(bodies.record, request, Look.What.EXPORT, subject=bodies.asked_for(request))
        return export.rows(queryset, bodies=readable, before_chunk=record if readable else lambda ids: None)

    def _some(self, request, queryset) -> list[int] | None:
        """The ids of what was selected, unless that is too much at once."""
        ids = list(queryset.values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
        if len(ids) <= MOST_AT_ONCE:
            return ids
        self.message_user(request, _("Choose at most %d messages at once.") % MOST_AT_ONCE, messages.WARNING)
        return None

    def _back(self, request) -> HttpResponseRedirect | None:
        """To the message's own page, where the action was chosen there; else to the list."""
        page = request.POST.get("page_of", "")
        if page.isdecimal():
            return HttpResponseRedirect(reverse("admin:messages_store_message_change", args=[page]))
        return None
