from django import forms
from django.contrib import admin
from django.template.response import TemplateResponse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from messages_store.models import Token
from messages_store.scopes import MEANINGS
from messages_store.services import tokens


class TokenForm(forms.ModelForm):
    """For a new token. Without a scope it may all that its user may."""

    scopes = forms.MultipleChoiceField(
        label=_("Scopes"),
        required=False,
        choices=[(scope, format_lazy("{}: {}", scope, meaning)) for scope, meaning in MEANINGS.items()],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("none: all that the user may"),
    )
    maker = None  # who fills it in; set per request

    class Meta:
        model = Token
        fields = ["user", "name", "scopes", "expires_at"]

    def clean_user(self):
        user = self.cleaned_data["user"]
        if user.is_superuser and not self.maker.is_superuser:
            raise forms.ValidationError(_("Only superusers make tokens for superusers."))
        return user


@admin.register(Token)
class TokenAdmin(admin.ModelAdmin):
    """Whose programs may sign in. A key is shown once, when it is made: only its digest is stored.

    Whoever may add tokens may act as any user by them, but for superusers.
    """

    form = TokenForm
    list_display = ["__str__", "name", "user", "may", "created_at", "expires_at", "last_used_at"]
    list_display_links = None
    list_select_related = ["user"]
    raw_id_fields = ["user"]
    search_fields = ["prefix", "name", "user__username"]
    search_help_text = _("beginning of the key, name, or username")
    ordering = ["-created_at"]
    show_full_result_count = False
    fields = ["user", "name", "scopes", "expires_at"]

    @admin.display(description=_("scopes"), empty_value=_("everything"))
    def may(self, token):
        return ", ".join(token.scopes or ()) or None

    def has_change_permission(self, request, obj=None):
        return False

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        form.maker = request.user
        return form

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"title": _("Tokens"), **(extra_context or {})})

    def render_change_form(self, request, context, **options):
        """What is saved shows its key: there is no going on from there to another one."""
        context |= {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().render_change_form(request, context, **options)

    def save_model(self, request, obj, form, change):
        """Make it as everywhere else; the page that follows shows the key."""
        obj.key = tokens.issue(**{name: form.cleaned_data[name] for name in self.fields})
        made = Token.objects.get(pk=tokens.digest(obj.key))
        obj.pk, obj.prefix = made.pk, made.prefix

    def response_add(self, request, obj, post_url_continue=None):
        """A page of its own: a message after a redirect would be kept in a cookie."""
        context = {**self.admin_site.each_context(request), "title": _("A new token"), "token": obj, "opts": self.opts}
        answer = TemplateResponse(request, "admin/messages_store/token/made.html", context)
        return never_cache(lambda _request: answer)(request)
