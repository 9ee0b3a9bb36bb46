"""Reminders in the admin: what became of each, and what an operator does about it."""

import pytest
from django.urls import reverse

from messages_store.models import NotifierChoice, Preferences, Reminder, Spell, Worker
from messages_store.notifiers import Notifier, NotifyError
from messages_store.services import receipts, reminding, spells

from .admin_world import direct, listed, people, say
from .moved import later
from .test_admin_looks import member_of_staff

pytestmark = pytest.mark.django_db
LIST = reverse("admin:messages_store_reminder_changelist")


class Away(Notifier):
    name = "away"
    within_transaction = True

    def notify(self, outgoing):
        raise NotifyError("nobody answers")


@pytest.fixture
def failing() -> Reminder:
    alice, bob = people("alice", "bob")
    say(direct(alice, bob), alice, "the secret")
    later(seconds=11)
    spells.look(notifiers={"away": Away()})
    reminding.remind_one(notifier=Away())
    return Reminder.objects.get()


def do(client, action: str, reminder: Reminder):
    return client.post(LIST, {"action": action, "_selected_action": [reminder.pk]}, follow=True)


def test_the_list_shows_outcome_attempts_and_reason(admin_client, failing, settings):
    settings.IM_NOTIFIERS = ["log"]
    text = admin_client.get(LIST).text
    for part in ("bob", "away", "waiting", "nobody answers"):
        assert part in text
    assert "secret" not in text
    for chosen in ({"outcome__exact": "waiting"}, {"notifier": "away"}, {"user": "bob"}):
        assert listed(admin_client, "reminder", **chosen) == [failing]
    for chosen in ({"outcome__exact": "sent"}, {"notifier": "other"}, {"user": "alice"}):
        assert listed(admin_client, "reminder", **chosen) == []


def test_the_filter_has_the_notifiers_there_are_and_reads_no_reminders_for_that(
    admin_client, failing, settings, django_assert_max_num_queries
):
    settings.IM_NOTIFIERS = ["log", "email"]
    with django_assert_max_num_queries(7) as queries:
        text = admin_client.get(LIST).text
    assert "?notifier=log" in text
    assert "?notifier=email" in text
    assert "?notifier=away" not in text
    assert not any("DISTINCT" in query["sql"] for query in queries)


def test_a_reminders_page_says_what_it_was_about(admin_client, failing):
    text = admin_client.get(reverse("admin:messages_store_reminder_change", args=[failing.pk])).text
    assert str(failing.key) in text
    assert "nobody answers" in text


def test_remind_now_makes_it_due(admin_client, failing):
    assert "1 reminder goes out now." in do(admin_client, "remind_now", failing).text
    before = failing.next_at
    failing.refresh_from_db()
    assert failing.next_at < before
    assert (failing.attempts, failing.forced) == (0, True)


def test_give_up_ends_it(admin_client, failing):
    assert "1 reminder was given up." in do(admin_client, "give_up", failing).text
    failing.refresh_from_db()
    assert failing.outcome == "given_up"
    assert "0 reminders were given up." in do(admin_client, "give_up", failing).text


def test_who_may_only_view_does_neither(django_user_model, failing):
    viewer = member_of_staff(django_user_model, "view_reminder", name="viewer")
    text = viewer.get(LIST).text
    assert "remind_now" not in text
    do(viewer, "give_up", failing)
    failing.refresh_from_db()
    assert failing.outcome == "waiting"
    handler = member_of_staff(django_user_model, "view_reminder", "handle_reminders", name="handler")
    do(handler, "give_up", failing)
    failing.refresh_from_db()
    assert failing.outcome == "given_up"


def test_the_list_costs_the_same_for_any_number(admin_client, failing, django_assert_max_num_queries):
    Reminder.objects.bulk_create(
        Reminder(
            user=failing.user,
            notifier="away",
            spell=1,
            number=n,
            due_at=failing.due_at,
            next_at=failing.due_at,
            from_seq=1,
            up_to_seq=1,
        )
        for n in range(2, 40)
    )
    with django_assert_max_num_queries(7):
        admin_client.get(LIST)


def test_the_messages_page_says_who_was_reminded(admin_client, failing):
    message = failing.user.deliveries.get().message_id
    text = admin_client.get(reverse("admin:messages_store_message_change", args=[message])).text
    assert "away 1: waiting" in text


MESSAGES = reverse("admin:messages_store_message_changelist")


def act(client, message: int):
    """Remind now of a message, in the messages' list."""
    return client.post(MESSAGES, {"action": "remind_now", "_selected_action": [message]}, follow=True)


@pytest.fixture
def message(failing) -> int:
    return failing.user.deliveries.get().message_id


def test_remind_now_of_a_message_reminds_who_has_it_not(admin_client, failing, message):
    assert "1 reminder goes out now." in act(admin_client, message).text
    assert (Reminder.objects.get().attempts, Reminder.objects.get().forced) == (0, True)
    receipts.ack(user_id=failing.user_id, seq=1)
    Reminder.objects.update(forced=False)
    assert "no reminder goes out" in act(admin_client, message).text
    assert not Reminder.objects.get().forced


def test_remind_now_of_a_message_is_by_the_last_reminder_of_its_spell(admin_client, failing, message):
    """Not by one more for each that failed before."""
    Reminder.objects.update(outcome="failed", ended_at=failing.due_at)
    second = Reminder.objects.create(
        user=failing.user, notifier="away", spell=failing.spell, number=2, due_at=failing.due_at,
        next_at=failing.due_at, from_seq=1, up_to_seq=1,
    )  # fmt: skip
    act(admin_client, message)
    assert list(Reminder.objects.filter(forced=True)) == [second]


def test_remind_now_of_what_no_spell_is_about_reminds_nobody(admin_client, failing, message):
    Spell.objects.update(first_seq=0, up_to_seq=0)
    act(admin_client, message)
    assert not Reminder.objects.get().forced


def test_only_who_handles_reminders_reminds_of_messages(django_user_model, failing, message):
    other = member_of_staff(django_user_model, "view_message", "handle_messages", name="other")
    page = reverse("admin:messages_store_message_change", args=[message])
    assert "remind_now" not in other.get(MESSAGES).text + other.get(page).text
    act(other, message)
    assert not Reminder.objects.get().forced
    handler = member_of_staff(django_user_model, "view_message", "handle_reminders", name="handler")
    assert "remind_now" in handler.get(MESSAGES).text
    assert "remind_now" in handler.get(page).text
    act(handler, message)
    assert Reminder.objects.get().forced


def test_what_somebody_chose_is_written_here(admin_client, failing):
    page = reverse("admin:messages_store_preferences_add")
    form = {"user": failing.user_id, "time_zone": "Mars/Olympus", "quiet_from": "22:00", "quiet_until": "07:00"}
    assert "There is no such time zone" in admin_client.post(page, form).text
    assert admin_client.post(page, form | {"time_zone": "Europe/Berlin"}).status_code == 302
    assert Preferences.objects.get().time_zone == "Europe/Berlin"
    page = reverse("admin:messages_store_notifierchoice_add")
    assert admin_client.post(page, {"user": failing.user_id, "notifier": "away"}).status_code == 302
    assert list(NotifierChoice.objects.values_list("notifier", "on")) == [("away", False)]
    for model in ("preferences", "notifierchoice"):
        assert [one.user for one in listed(admin_client, model, user="bob")] == [failing.user]


def test_workers_are_listed_with_their_last_beat(admin_client):
    Worker.objects.create(name="worker-1")
    assert "worker-1" in admin_client.get(reverse("admin:messages_store_worker_changelist")).text
