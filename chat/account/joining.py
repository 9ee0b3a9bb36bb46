"""Coming in: signing in, signing up, confirming an address, and a new password for who forgot it."""

from django import forms
from django.conf import settings
from django.contrib.auth import get_user_model, login, views
from django.contrib.auth.forms import AuthenticationForm, PasswordResetForm, SetPasswordForm, UserCreationForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from messages_store.errors import NameTaken, NotFound
from messages_store.services import accounts, sign_ins

from . import mails, throttle
from .profile import display_name_field, one_line

BACKEND = "django.contrib.auth.backends.ModelBackend"


def too_often(answer: HttpResponse, seconds: int) -> HttpResponse:
    answer.status_code, answer.headers["Retry-After"] = 429, str(seconds)
    return answer


class SignInForm(AuthenticationForm):
    def get_invalid_login_error(self) -> forms.ValidationError:
        """The gate says whether it was too much; of the password nothing is said then."""
        seconds = getattr(self.request, "seconds_to_wait", 0)
        return forms.ValidationError(throttle.sentence(seconds)) if seconds else super().get_invalid_login_error()


class SignIn(views.LoginView):
    template_name = "chat/sign_in.html"
    redirect_authenticated_user = True
    authentication_form = SignInForm

    def get_context_data(self, **context) -> dict:
        return super().get_context_data(**context, sign_up=settings.IM_SIGN_UP, mails_are_sent=mails.are_sent())

    def form_invalid(self, form) -> HttpResponse:
        answer = super().form_invalid(form)
        seconds = getattr(self.request, "seconds_to_wait", 0)
        return too_often(answer, seconds) if seconds else answer


sign_in = SignIn.as_view()


class SignUpForm(UserCreationForm):
    """Django's, with its rules for usernames and passwords. An address is sent a link, and known once that was used."""

    display_name = display_name_field()
    email = forms.EmailField(label=_("E-mail address"), required=False, max_length=254)

    class Meta(UserCreationForm.Meta):
        model = get_user_model()
        fields = ("username",)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["email"].widget.attrs["autocomplete"] = "email"
        if not mails.are_sent():
            del self.fields["email"]

    field_order = ("username", "display_name", "email", "password1", "password2")

    def clean_display_name(self) -> str:
        return one_line(self.cleaned_data["display_name"])

    def save(self, commit=True):
        said = self.cleaned_data
        user = accounts.sign_up(
            username=said["username"], password=said["password1"], display_name=said["display_name"]
        )
        if address := said.get("email"):
            path = reverse("confirm-address", args=[accounts.wish(user=user, address=address)])
            mails.ask_to_confirm(user=user, address=address, path=path)
        return user


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    """An account for whoever comes by, where the site wants that."""
    if not settings.IM_SIGN_UP:
        raise Http404
    if request.user.is_authenticated:
        return redirect("chat")
    if request.method != "POST":
        return render(request, "chat/sign_up.html", {"form": SignUpForm()})
    if seconds := throttle.seconds_to_wait(request):
        context = {"form": SignUpForm(), "wait": throttle.sentence(seconds)}
        return too_often(render(request, "chat/sign_up.html", context), seconds)
    form = SignUpForm(request.POST)
    user = _new_user(form)
    if user is None:
        return render(request, "chat/sign_up.html", {"form": form})
    login(request, user, backend=BACKEND)
    return redirect("chat")


def _new_user(form: SignUpForm):
    """Who signed up, or None, and the form says why not."""
    try:
        return form.save() if form.is_valid() else None
    except NameTaken as error:  # since the form looked
        return form.add_error("username", error.message)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_address(request: HttpRequest, token: str) -> HttpResponse:
    """Behind the link in a mail. GET only asks: what looks through mails for bad links must not confirm anything."""
    try:
        if request.method != "POST":
            return render(request, "chat/confirm_address.html", {"wish": accounts.read_wish(token=token)})
        wish = accounts.fulfil_wish(token=token)
    except NotFound:
        return render(request, "chat/confirm_address.html", {"is_too_late": True}, status=404)
    if before := wish.user.email:
        mails.tell_of_new_address(user=wish.user, address=wish.address, before=before)
    return render(request, "chat/confirm_address.html", {"wish": wish, "is_done": True})


# A new password


class ResetForm(PasswordResetForm):
    """Django's, but the mail is ours and goes out by and by."""

    def send_mail(self, _subject, _text, context, _from, to_email, **_) -> None:
        user = context["user"]
        path = reverse("reset-confirm", args=[context["uid"], context["token"]])
        mails.help_back_in(user=user, address=to_email, path=path)


class Reset(views.PasswordResetView):
    """It says the same whether there is such an address or not."""

    form_class = ResetForm
    template_name = "chat/reset.html"
    success_url = reverse_lazy("reset-sent")

    def dispatch(self, request, *args, **options) -> HttpResponse:
        if not mails.are_sent():
            raise Http404
        return super().dispatch(request, *args, **options)

    def post(self, request, *args, **options) -> HttpResponse:
        if seconds := throttle.seconds_to_wait(request, account=request.POST.get("email", "")):
            context = self.get_context_data(form=self.form_class(), wait=throttle.sentence(seconds))
            return too_often(self.render_to_response(context), seconds)
        return super().post(request, *args, **options)


class NewPasswordForm(SetPasswordForm):
    def save(self, commit=True):
        user = super().save(commit)
        sign_ins.end_others(user_id=user.pk, session_key="")
        return user


class ResetConfirm(views.PasswordResetConfirmView):
    """Whoever was signed in as this user is not any more, and has to know the new password."""

    form_class = NewPasswordForm
    template_name = "chat/reset_confirm.html"
    success_url = reverse_lazy("reset-done")
    reset_url_token = "new"  # noqa: S105


reset = never_cache(Reset.as_view())
reset_sent = never_cache(views.PasswordResetDoneView.as_view(template_name="chat/reset_sent.html"))
reset_confirm = ResetConfirm.as_view()
reset_done = never_cache(views.PasswordResetCompleteView.as_view(template_name="chat/reset_done.html"))
