"""Tokens in the admin: made, shown once, deleted."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from messages_store.models import Token, User
from messages_store.services import tokens

from .admin_world import people

pytestmark = pytest.mark.django_db
ADD = reverse("admin:messages_store_token_add")
LIST = reverse("admin:messages_store_token_changelist")


def fill_in(client, user, **fields):
    return client.post(ADD, {"user": user.pk, "name": "alarms", "expires_at_0": "", "expires_at_1": "", **fields})


def test_the_key_is_shown_once_and_works(admin_client):
    (bob,) = people("bob")
    page = fill_in(admin_client, bob, scopes=["notifications:send", "inbox:read"])
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    (key,) = re.findall(r'<code id="key">(im_[\w-]{43})</code>', page.text)
    token = tokens.find(key)
    assert (token.user, token.name, token.scopes) == (bob, "alarms", ["inbox:read", "notifications:send"])
    assert key not in str(admin_client.cookies)
    listed = admin_client.get(LIST).text
    assert key[:11] in listed
    assert key not in listed


def test_without_scopes_it_may_everything_until_its_time_is_over(admin_client):
    (bob,) = people("bob")
    fill_in(admin_client, bob, expires_at_0="2099-01-31", expires_at_1="12:00")
    token = Token.objects.get()
    assert (token.scopes, token.expires_at.year) == (None, 2099)
    assert "everything" in admin_client.get(LIST).text


def test_it_cannot_be_changed_but_deleted(admin_client):
    (bob,) = people("bob")
    key = tokens.issue(user=bob)
    pk = tokens.digest(key)
    change = reverse("admin:messages_store_token_change", args=[pk])
    assert admin_client.post(change, {"user": bob.pk}).status_code == 403
    admin_client.post(reverse("admin:messages_store_token_delete", args=[pk]), {"post": "yes"})
    assert tokens.find(key) is None
    assert User.objects.filter(username="bob").exists()


def test_only_superusers_make_tokens_for_superusers(client, admin_user):
    staff, bob = people("staff", "bob")
    User.objects.filter(pk=staff.pk).update(is_staff=True)
    staff.user_permissions.set(Permission.objects.filter(codename__in=["add_token", "view_token"]))
    client.force_login(User.objects.get(pk=staff.pk))
    assert "superusers" in fill_in(client, admin_user).text
    assert not Token.objects.exists()
    fill_in(client, bob)
    assert Token.objects.get().user == bob


def test_who_may_not_add_may_not(client):
    (staff,) = people("staff")
    User.objects.filter(pk=staff.pk).update(is_staff=True)
    client.force_login(User.objects.get(pk=staff.pk))
    assert client.get(ADD).status_code == 403


def test_its_page_offers_nothing_that_would_pass_over_the_key(admin_client):
    page = admin_client.get(ADD).text
    assert 'name="_save"' in page
    assert "_addanother" not in page
    assert "_continue" not in page
