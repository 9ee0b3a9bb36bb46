"""Where people are reminded."""

from urllib.parse import urlsplit

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from messages_store.models import PushSubscription, WeChatAccount
from messages_store.services import wechat

from .badges import precise
from .large import NewestOnes
from .readonly import ReadOnly
from .reminders import ReminderUserFilter


@admin.register(PushSubscription)
class PushSubscriptionAdmin(ReadOnly, admin.ModelAdmin):
    """Browsers that show reminders. Of the endpoint only its service is shown: the rest is a secret."""

    list_display = ["__str__", "user", "service", "created", "ok", "failed"]
    list_filter = [ReminderUserFilter]
    list_select_related = ["user"]
    ordering = ["-pk"]
    paginator = NewestOnes
    show_full_result_count = False
    fields = readonly_fields = ["user", "service", "created", "ok", "failed"]

    def has_delete_permission(self, request, obj=None):
        return admin.ModelAdmin.has_delete_permission(self, request, obj)

    @admin.display(description=_("push service"))
    def service(self, subscription):
        return urlsplit(subscription.endpoint).hostname

    @admin.display(description=_("created"))
    def created(self, subscription):
        return precise(subscription.created_at)

    @admin.display(description=_("last taken"))
    def ok(self, subscription):
        return precise(subscription.last_ok_at)

    @admin.display(description=_("last failed"))
    def failed(self, subscription):
        return precise(subscription.last_failed_at)


@admin.register(WeChatAccount)
class WeChatAccountAdmin(admin.ModelAdmin):
    """Who is who on WeChat. Saving one links it anew: whoever refused is reminded again."""

    list_display = ["user", "openid", "linked_at", "refused_at"]
    list_filter = [ReminderUserFilter]
    list_select_related = ["user"]
    raw_id_fields = ["user"]
    ordering = ["-linked_at"]
    paginator = NewestOnes
    show_full_result_count = False
    fields = ["user", "openid", "linked_at", "refused_at"]

    def get_fields(self, request, obj=None):
        return self.fields if obj else ["user", "openid"]

    def get_readonly_fields(self, request, obj=None):
        return ["linked_at", "refused_at", *(["user"] if obj else [])]

    def save_model(self, request, obj, form, change):
        """As everywhere else."""
        wechat.link(user=obj.user, openid=obj.openid)
