from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from messages_store.models import Token


@admin.register(Token)
class TokenAdmin(admin.ModelAdmin):
    """Whose programs may sign in. Keys are nowhere to be seen, since only their digests are stored."""

    list_display = ["__str__", "user", "created_at"]
    list_display_links = None
    list_select_related = ["user"]
    search_fields = ["user__username"]
    search_help_text = _("username")
    ordering = ["-created_at"]
    show_full_result_count = False
    fields = ["user", "created_at"]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False
