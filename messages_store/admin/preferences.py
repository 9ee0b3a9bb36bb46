"""How people want to be reminded, where that is not as by default."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from messages_store.models import NotifierChoice, Preferences
from messages_store.services import digesting

from .large import NewestOnes
from .reminders import ReminderUserFilter


@admin.register(Preferences)
class PreferencesAdmin(admin.ModelAdmin):
    """Language, time zone, quiet hours and the daily mail."""

    list_display = ["user", "language", "time_zone", "quiet_from", "quiet_until", "digest"]
    list_filter = [ReminderUserFilter, "digest"]
    list_select_related = ["user"]
    autocomplete_fields = ["user"]
    paginator = NewestOnes
    show_full_result_count = False

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """Say it where nobody gets a digest, however many choose it."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "digest" and not digesting.is_possible():
            field.help_text = _("It goes out by e-mail, which IM_NOTIFIERS does not name: nobody gets one.")
        return field

    def save_model(self, request, obj, form, change):
        if {"digest", "time_zone"} & set(form.changed_data):
            obj.digest_at = None  # another time than it was: the worker works it out
        super().save_model(request, obj, form, change)


@admin.register(NotifierChoice)
class NotifierChoiceAdmin(admin.ModelAdmin):
    """Which notifiers people turned on or off."""

    list_display = ["user", "notifier", "on"]
    list_filter = [ReminderUserFilter]
    list_select_related = ["user"]
    autocomplete_fields = ["user"]
    paginator = NewestOnes
    show_full_result_count = False
