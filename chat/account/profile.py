"""What can be filled in about oneself: name, e-mail address, password."""

import unicodedata

from django import forms
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from messages_store.ringing import profile_after_commit
from messages_store.services import accounts, sign_ins

from . import mails
from .forms import OwnForm


def display_name_field() -> forms.CharField:
    return forms.CharField(label=_("Name that others see"), max_length=150, required=False)


def one_line(name: str) -> str:
    """Without what nobody sees: control characters, and marks that turn the direction of what follows."""
    if any(unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp") for sign in name if sign != "\u200d"):
        raise forms.ValidationError(gettext("This holds signs that nobody can see."))
    return name


class ProfileForm(OwnForm):
    display_name = display_name_field()

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.initial = {"display_name": self.user.display_name}
        self.fields["display_name"].widget.attrs["placeholder"] = self.user.get_username()
        self.fields["display_name"].help_text = gettext("Without one it is your username.")

    def clean_display_name(self) -> str:
        return one_line(self.cleaned_data["display_name"])

    def save(self) -> None:
        accounts.rename(user=self.user, display_name=self.cleaned_data["display_name"])
        profile_after_commit(self.user)


class OwnPassword(forms.CharField):
    """The one that the user has, to know that nobody else sits there."""

    def __init__(self):
        widget = forms.PasswordInput({"autocomplete": "current-password"})
        super().__init__(label=_("Your password"), strip=False, widget=widget)


class AddressForm(OwnForm):
    """Nothing is changed by it: a link goes to the new address."""

    guarded = True
    email = forms.EmailField(label=_("New e-mail address"), required=False, max_length=254)
    password = OwnPassword()

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["email"].widget.attrs["autocomplete"] = "email"
        if self.user.email:
            self.fields["email"].help_text = gettext("Empty: no mail any more, also not for a new password.")

    def clean_email(self) -> str:
        if self.cleaned_data["email"] == self.user.email:
            raise forms.ValidationError(
                gettext("That is your address already.") if self.user.email else gettext("Give an address.")
            )
        return self.cleaned_data["email"]

    def clean_password(self) -> str:
        if not self.user.check_password(self.cleaned_data["password"]):
            raise forms.ValidationError(gettext("This is not your password."))
        return ""

    def save(self) -> None:
        address = self.cleaned_data["email"]
        if not address:
            self.told = _("No mail goes to you any more.")
            return accounts.forget_address(user=self.user)
        self.told = _("A mail is on its way to the new address. It is yours as soon as you follow the link in it.")
        path = reverse("confirm-address", args=[accounts.wish(user=self.user, address=address)])
        return mails.ask_to_confirm(user=self.user, address=address, path=path)


class PasswordForm(PasswordChangeForm):
    """Django's, for its validators. Everybody else who is signed in as this user is not any more."""

    told = _("Your password is changed, and all your other devices are signed out.")
    guarded = True

    def __init__(self, data=None, *, user):
        super().__init__(user, data, prefix="change")
        for field in self.fields.values():
            field.widget.attrs.pop("autofocus", None)

    def finish(self, request: HttpRequest, answer: HttpResponse) -> None:
        update_session_auth_hash(request, self.user)
        sign_ins.end_others(user_id=self.user.pk, session_key=request.session.session_key)
