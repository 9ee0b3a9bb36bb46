"""People in the admin: made, deactivated, never deleted."""

import pytest
from django.urls import reverse

from messages_store.admin import users
from messages_store.models import User

from .admin_world import direct, people, say

pytestmark = pytest.mark.django_db
LIST = "admin:messages_store_user_changelist"


def test_a_user_is_made_with_a_kind_and_a_name(admin_client):
    secret = "fa-mulo-tenebri-82"
    form = {"username": "dora", "kind": "agent", "display_name": "Dora", "usable_password": "true"}
    response = admin_client.post(
        reverse("admin:messages_store_user_add"), {**form, "password1": secret, "password2": secret}
    )
    assert response.status_code == 302, response.context["adminform"].errors
    dora = User.objects.get(username="dora")
    assert (dora.kind, dora.name, dora.check_password(secret)) == ("agent", "Dora", True)


def test_kind_and_name_are_changed(admin_client):
    (dora,) = people("dora")
    address = reverse("admin:messages_store_user_change", args=[dora.pk])
    form = {"username": "dora", "kind": "agent", "display_name": "Dora", "is_active": "on"}
    joined = {"date_joined_0": "2026-01-02", "date_joined_1": "03:04:05"}
    assert admin_client.post(address, form | joined).status_code == 302
    dora.refresh_from_db()
    assert (dora.kind, dora.display_name) == ("agent", "Dora")


def test_another_name_is_told_to_those_who_see_it(admin_client, monkeypatch):
    (dora,) = people("dora")
    told = []
    monkeypatch.setattr(users, "profile_after_commit", lambda user: told.append(user.name))
    form = {"username": "dora", "kind": "user", "display_name": "Dorothea", "is_active": "on"}
    joined = {"date_joined_0": "2026-01-02", "date_joined_1": "03:04:05"}
    admin_client.post(reverse("admin:messages_store_user_change", args=[dora.pk]), form | joined)
    assert told == ["Dorothea"]


def test_somebody_who_wrote_is_not_deleted(admin_client):
    """Messages keep their sender, so deleting is not offered, and asking for it all the same is no crash."""
    alice, bob = people("alice", "bob")
    say(direct(alice, bob), alice, "hello")
    page = admin_client.get(reverse("admin:messages_store_user_change", args=[alice.pk]))
    delete = reverse("admin:messages_store_user_delete", args=[alice.pk])
    assert delete not in page.text
    assert admin_client.post(delete, {"post": "yes"}).status_code == 403
    admin_client.post(reverse(LIST), {"action": "delete_selected", "_selected_action": [alice.pk], "post": "yes"})
    assert User.objects.filter(pk=alice.pk).exists()


def test_people_are_deactivated_and_activated_but_not_oneself(admin_client, admin_user):
    alice, bob = people("alice", "bob")
    chosen = {"_selected_action": [alice.pk, admin_user.pk]}
    response = admin_client.post(reverse(LIST), {"action": "deactivate", **chosen}, follow=True)
    assert "1 user cannot sign in any more." in response.text
    assert set(User.objects.filter(is_active=True)) == {bob, admin_user}
    admin_client.post(reverse(LIST), {"action": "activate", **chosen})
    assert User.objects.filter(is_active=True).count() == 3
