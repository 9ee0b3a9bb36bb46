from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from messages_store.models import Digest
from messages_store.services import digesting

from .attempted import AttemptedAdmin
from .badges import precise
from .reminders import ReminderUserFilter


@admin.register(Digest)
class DigestAdmin(AttemptedAdmin):
    """Who got or will get a daily mail, of which day, and what became of it."""

    list_display = ["pk", "user", "day", "how", "error", "attempts", "due", "attempted", "next", "until", "ended"]
    list_filter = ["outcome", ReminderUserFilter]
    actions = ["give_up"]
    fields = readonly_fields = [
        "key", "user", "day", "how", "error", "attempts", "due", "attempted", "next", "until", "ended", "messages",
        "conversations", "notifications",
    ]  # fmt: skip

    @admin.action(description=_("Give up"), permissions=["handle"])
    def give_up(self, request, queryset):
        done = digesting.give_up(digest_ids=self.ids(queryset))
        self.tell(request, ngettext("%d digest was given up.", "%d digests were given up.", done), done)

    @admin.display(description=_("not after"))
    def until(self, digest):
        return precise(digest.until_at)
