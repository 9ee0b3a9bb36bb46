from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from messages_store.models import Worker

from .badges import precise
from .readonly import ReadOnly


@admin.register(Worker)
class WorkerAdmin(ReadOnly, admin.ModelAdmin):
    """Who does what waits. One that was killed stays a day, with its last beat."""

    list_display = ["name", "started", "beat"]
    ordering = ["-beat_at"]
    fields = readonly_fields = ["name", "started", "beat"]

    @admin.display(description=_("started"))
    def started(self, worker):
        return precise(worker.started_at)

    @admin.display(description=_("last beat"))
    def beat(self, worker):
        return precise(worker.beat_at)
