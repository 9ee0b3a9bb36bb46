"""Digests in the admin: what became of each, and who chose them."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from messages_store.models import Digest, Preferences

from .admin_world import listed, people
from .test_admin_looks import member_of_staff

pytestmark = pytest.mark.django_db
LIST = reverse("admin:messages_store_digest_changelist")


@pytest.fixture
def failing() -> Digest:
    (bob,) = people("bob")
    now = timezone.now()
    return Digest.objects.create(
        user=bob, day=date(2026, 11, 20), due_at=now, next_at=now, until_at=now + timedelta(hours=9), attempts=3,
        error="nobody answers",
    )  # fmt: skip


def test_the_list_shows_day_outcome_attempts_and_reason(admin_client, failing):
    text = admin_client.get(LIST).text
    for part in ("bob", "Nov. 20, 2026", "waiting", "nobody answers"):
        assert part in text
    for chosen in ({"outcome__exact": "waiting"}, {"user": "bob"}):
        assert listed(admin_client, "digest", **chosen) == [failing]
    assert listed(admin_client, "digest", outcome__exact="sent") == []
    page = admin_client.get(reverse("admin:messages_store_digest_change", args=[failing.pk])).text
    assert str(failing.key) in page


def test_give_up_ends_it_for_who_may(django_user_model, failing):
    form = {"action": "give_up", "_selected_action": [failing.pk]}
    viewer = member_of_staff(django_user_model, "view_digest", name="viewer")
    viewer.post(LIST, form)
    failing.refresh_from_db()
    assert failing.outcome == "waiting"
    handler = member_of_staff(django_user_model, "view_digest", "handle_reminders", name="handler")
    assert "1 digest was given up." in handler.post(LIST, form, follow=True).text
    failing.refresh_from_db()
    assert failing.outcome == "given_up"


def test_where_nobody_can_get_one_the_form_says_so(admin_client, settings):
    page = reverse("admin:messages_store_preferences_add")
    settings.IM_NOTIFIERS = ["log"]
    assert "which IM_NOTIFIERS does not name: nobody gets one." in admin_client.get(page).text
    settings.IM_NOTIFIERS = ["log", "email"]
    assert "nobody gets one" not in admin_client.get(page).text


def test_another_time_zone_gives_it_another_hour(admin_client, failing):
    preferences = Preferences.objects.create(user=failing.user, digest=True, digest_at=timezone.now())
    page = reverse("admin:messages_store_preferences_change", args=[preferences.pk])
    form = {"user": failing.user_id, "digest": "on", "language": "en"}
    admin_client.post(page, form)
    preferences.refresh_from_db()
    assert (preferences.language, preferences.digest_at is None) == ("en", False)
    admin_client.post(page, form | {"time_zone": "Asia/Shanghai"})
    preferences.refresh_from_db()
    assert (preferences.time_zone, preferences.digest_at) == ("Asia/Shanghai", None)
