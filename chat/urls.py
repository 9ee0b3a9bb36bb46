from django.urls import path

from . import language, unsubscribing, views
from .account import joining
from .account import page as account

urlpatterns = [
    path("", views.page, name="chat"),
    path("sign-in/", joining.sign_in, name="sign_in"),
    path("sign-up/", joining.sign_up, name="sign-up"),
    path("password/", joining.reset, name="reset"),
    path("password/sent/", joining.reset_sent, name="reset-sent"),
    path("password/done/", joining.reset_done, name="reset-done"),
    path("password/<uidb64>/<token>/", joining.reset_confirm, name="reset-confirm"),
    path("address/<str:token>/", joining.confirm_address, name="confirm-address"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("settings/", account.settings, name="settings"),
    *[path(f"settings/{name}/", account.section, {"name": name}, name=f"settings-{name}") for name in account.SECTIONS],
    path("settings/places/others/", account.end_others, name="end-others"),
    path("settings/places/<int:sign_in_id>/", account.end_one, name="end-one"),
    path("language/", language.choose, name="language"),
    path("words/<str:version>/<str:language>.js", language.script, name="words"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("worker.js", views.shell_worker, name="shell_worker"),
    path("unsubscribe/<str:token>", unsubscribing.unsubscribe, name="unsubscribe"),
]
