"""No page comes without a content security policy: none of ours, of Django's, of errors."""

import pytest
from django.test import Client

from chat.security import POLICY
from chat.urls import urlpatterns

pytestmark = pytest.mark.django_db
PAGES = [
    *("/", "/sign-in/", "/sign-up/", "/password/", "/password/sent/", "/password/done/", "/password/x/y/"),
    *("/address/x/", "/settings/", "/unsubscribe/x", "/worker.js", "/nowhere", "/nowhere\x00"),
    *("/admin/", "/admin/login/", "/admin/messages_store/user/", "/admin/messages_store/user/add/", "/admin/nowhere/"),
]


@pytest.fixture
def everywhere(settings):
    settings.IM_SIGN_UP = True
    settings.IM_EMAIL_URL = {"host": "mail.example.com"}
    settings.IM_EMAIL_FROM = "Chat <chat@example.com>"


@pytest.mark.parametrize("who", ["nobody", "staff"])
def test_it_has_our_policy(everywhere, who, admin_user):
    client = Client(raise_request_exception=False)
    if who == "staff":
        client.force_login(admin_user)
    assert {path: client.get(path).headers.get("Content-Security-Policy") for path in PAGES} == dict.fromkeys(
        PAGES, POLICY
    )


def test_so_has_a_form_that_was_forged_and_a_page_that_fails(monkeypatch):
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    forged = client.post("/sign-in/", {"username": "alice"})
    assert (forged.status_code, forged["Content-Security-Policy"]) == (403, POLICY)
    monkeypatch.setattr("chat.account.joining.SignUpForm", None)
    monkeypatch.setattr("django.conf.settings.IM_SIGN_UP", True)
    failed = client.get("/sign-up/")
    assert (failed.status_code, failed["Content-Security-Policy"]) == (500, POLICY)
    foreign = client.get("/", headers={"Host": "elsewhere.example.com"})
    assert (foreign.status_code, foreign["Content-Security-Policy"]) == (400, POLICY)


def test_every_address_of_the_pages_is_in_the_list():
    """A new one is looked at too. Some only lead elsewhere."""
    firsts = {str(one.pattern).split("/")[0] for one in urlpatterns}
    assert firsts - {path.split("/")[1] for path in PAGES} == {"sign-out", "language", "words", "favicon.ico"}
