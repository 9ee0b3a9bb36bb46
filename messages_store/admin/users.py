from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.utils.translation import gettext_lazy, ngettext

from messages_store.models import User
from messages_store.ringing import profile_after_commit

from .large import NewestOnes


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    """People. They are deactivated and never deleted: what they said stays, in its place in everybody's history."""

    list_display = ["username", "display_name", "kind", "email", "is_active", "is_staff", "last_login"]
    list_filter = ["kind", "is_active", "is_staff", "is_superuser"]
    search_fields = ["username", "display_name", "email"]
    show_full_result_count = False
    paginator = NewestOnes
    actions = ["deactivate", "activate"]
    add_fieldsets = [
        (
            None,
            {
                **DjangoUserAdmin.add_fieldsets[0][1],
                "fields": ("username", "kind", "display_name", "usable_password", "password1", "password2"),
            },
        )
    ]

    def get_fieldsets(self, request, obj=None):
        if obj is None:
            return self.add_fieldsets
        (_title, first), *rest = super().get_fieldsets(request, obj)
        return [(_title, {**first, "fields": ("username", "password", "kind", "display_name")}), *rest]

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if change:
            profile_after_commit(obj)

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.action(description=gettext_lazy("Deactivate the selected users"), permissions=["change"])
    def deactivate(self, request, queryset):
        changed = queryset.exclude(pk=request.user.pk).filter(is_active=True).update(is_active=False)
        self.message_user(
            request,
            ngettext("%d user cannot sign in any more.", "%d users cannot sign in any more.", changed) % changed,
        )

    @admin.action(description=gettext_lazy("Activate the selected users"), permissions=["change"])
    def activate(self, request, queryset):
        changed = queryset.filter(is_active=False).update(is_active=True)
        self.message_user(
            request, ngettext("%d user can sign in again.", "%d users can sign in again.", changed) % changed
        )
