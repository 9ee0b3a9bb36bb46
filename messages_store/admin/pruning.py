from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from messages_store.models import Pruning

from .badges import precise
from .readonly import ReadOnly


@admin.register(Pruning)
class PruningAdmin(ReadOnly, admin.ModelAdmin):
    """How far the present run is, or the last one was, and how much went in all."""

    list_display = fields = readonly_fields = ["what", "began", "chunk", "ended", "place", "done", "total"]
    ordering = ["what"]

    @admin.display(description=_("began"))
    def began(self, pruning):
        return precise(pruning.began_at)

    @admin.display(description=_("last chunk"))
    def chunk(self, pruning):
        return precise(pruning.beat_at)

    @admin.display(description=_("ended"))
    def ended(self, pruning):
        return precise(pruning.ended_at) if pruning.ended_at else "–"
