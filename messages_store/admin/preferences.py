"""How people want to be reminded, where that is not as by default."""

from django.contrib import admin

from messages_store.models import NotifierChoice, Preferences

from .large import NewestOnes
from .reminders import ReminderUserFilter


@admin.register(Preferences)
class PreferencesAdmin(admin.ModelAdmin):
    """Language, time zone and quiet hours."""

    list_display = ["user", "language", "time_zone", "quiet_from", "quiet_until"]
    list_filter = [ReminderUserFilter]
    list_select_related = ["user"]
    autocomplete_fields = ["user"]
    paginator = NewestOnes
    show_full_result_count = False


@admin.register(NotifierChoice)
class NotifierChoiceAdmin(admin.ModelAdmin):
    """Which notifiers people turned on or off."""

    list_display = ["user", "notifier", "on"]
    list_filter = [ReminderUserFilter]
    list_select_related = ["user"]
    autocomplete_fields = ["user"]
    paginator = NewestOnes
    show_full_result_count = False
