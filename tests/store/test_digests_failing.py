"""The daily mail, where something comes between or fails: it comes once, as it is true then, or not at all."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from messages_store.models import Digest, Preferences
from messages_store.notifiers import NotifyError
from messages_store.services import digesting, preferring, receipts, unread
from messages_store.services.conversations import open_direct

from .digests import choose, look, moment, outcomes, say_before, send
from .reminded import Heard

pytestmark = pytest.mark.django_db


@pytest.fixture
def heard() -> Heard:
    return Heard()


# Between the look and the mail


def test_what_is_read_between_the_look_and_the_claim_is_not_told(waiting, heard, direct):
    look(heard)
    receipts.read(user_id=waiting.pk, conversation_id=direct.pk, number=1)
    assert send(heard) == []
    assert outcomes(waiting) == [("2026-11-20", "cancelled")]
    assert Digest.objects.get().error == digesting.READ


def test_what_is_read_between_two_attempts_is_not_told(waiting, heard, clock, direct):
    heard.fails = NotifyError("away")
    send(heard)
    receipts.read(user_id=waiting.pk, conversation_id=direct.pk, number=1)
    heard.fails = None
    clock.set("2026-11-20 09:00")
    assert send(heard) == []
    assert outcomes(waiting) == [("2026-11-20", "cancelled")]


def test_who_turns_it_off_between_the_look_and_the_claim_gets_none(waiting, heard):
    look(heard)
    preferring.choose_digest(user_id=waiting.pk, on=False)
    assert send(heard) == []
    assert (Digest.objects.get().outcome, Digest.objects.get().error) == ("cancelled", "It was turned off.")


# What fails


def test_what_fails_is_tried_again_after_growing_waits_until_the_day_is_over(waiting, heard, clock):
    heard.fails = NotifyError("the mail server is away")
    tried, digest = [], None
    while digest is None or digest.outcome == "waiting":
        send(heard)
        digest = Digest.objects.get()
        tried.append(digest.attempted_at)
        clock.now = digest.next_at - timedelta(seconds=1)
        assert send(heard) == []
        assert Digest.objects.get().attempts == len(tried)  # not before its time
        clock.now = digest.next_at
    waits = [(after - before).total_seconds() for before, after in pairwise(tried)]
    assert waits[:4] == [10, 20, 40, 80]
    assert set(waits[9:]) == {3_600}
    assert (digest.outcome, digest.error) == ("failed", "the mail server is away")
    assert tried[-1] < digest.until_at == moment("2026-11-21 00:00")
    heard.fails = None
    clock.set("2026-11-21 08:00")
    assert len(send(heard)) == 1
    assert outcomes(waiting) == [("2026-11-20", "failed"), ("2026-11-21", "sent")]


def test_every_attempt_has_the_same_id(waiting, heard, clock):
    look(heard)
    (first,), _rest = digesting.claim(notifier=heard, limit=5)
    assert digesting.finish(claimed=first, error=NotifyError("away")) == "waiting"
    clock.set("2026-11-20 08:01")
    (second,), _rest = digesting.claim(notifier=heard, limit=5)
    assert first.outgoing.id == second.outgoing.id


def test_what_never_will_be_taken_has_failed_at_once(waiting, heard, clock):
    heard.fails = NotifyError("no such person", permanent=True)
    send(heard)
    assert outcomes(waiting) == [("2026-11-20", "failed")]


def test_what_lay_until_the_day_was_over_does_not_go_out(waiting, heard, clock):
    look(heard)
    clock.set("2026-11-21 00:00")
    assert send(heard) == []
    assert (Digest.objects.get().outcome, Digest.objects.get().error) == ("failed", digesting.TOO_LATE)


# Once


def test_the_database_keeps_one_per_person_and_day(waiting, heard):
    look(heard)
    digest = Digest.objects.get()
    digest.pk = digest.key = None
    with pytest.raises(IntegrityError), transaction.atomic():
        Digest.objects.create(
            user=waiting, day=digest.day, due_at=digest.due_at, next_at=digest.next_at, until_at=digest.until_at
        )


def test_a_claim_lapses_and_is_taken_up_with_the_same_id_after_growing_waits(waiting, heard, clock, settings):
    """So what kills whoever is at it, does so some twenty times a day at most."""
    settings.IM_NOTIFY_SECONDS = 10
    look(heard)
    (first,), _rest = digesting.claim(notifier=heard, limit=5)
    assert digesting.claim(notifier=heard, limit=5) == ([], [])
    clock.now += timedelta(seconds=20)
    (second,), _rest = digesting.claim(notifier=heard, limit=5)
    assert (second.outgoing.id, second.claim != first.claim) == (first.outgoing.id, True)
    assert digesting.finish(claimed=first) is None  # it is somebody else's by now
    for wait in (20, 40, 80):
        clock.now += timedelta(seconds=wait - 1)
        assert digesting.claim(notifier=heard, limit=5) == ([], [])
        clock.now += timedelta(seconds=1)
        (third,), _rest = digesting.claim(notifier=heard, limit=5)
    assert digesting.finish(claimed=third) == "sent"
    assert digesting.finish(claimed=third) is None


def test_what_was_given_up_does_not_go_out(waiting, heard):
    look(heard)
    assert digesting.give_up(digest_ids=[Digest.objects.get().pk]) == 1
    assert send(heard) == []
    assert outcomes(waiting) == [("2026-11-20", "given_up")]
    assert digesting.give_up(digest_ids=[Digest.objects.get().pk]) == 0


def test_a_step_with_nobody_due_is_one_query_by_an_index(waiting, heard, clock):
    send(heard)
    with CaptureQueriesContext(connection) as queries:
        assert digesting.look(notifier=heard) == 0
    assert len(queries) == 1
    due = Preferences.objects.due_for_digest(clock.now).values_list("pk", flat=True)[:20]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # of so few rows it would read all
        assert "preferences_digest_due" in due.explain()


# One of them fails


@pytest.fixture
def stumbling(monkeypatch) -> set:
    """Whose unread messages cannot be told: ids."""
    whose, gather = set(), unread.gather

    def stumble(*, user_id, before):
        if user_id in whose:
            raise TypeError("no such hour")
        return gather(user_id=user_id, before=before)

    monkeypatch.setattr(unread, "gather", stumble)
    return whose


@pytest.fixture
def both(waiting, clock, alice, dora):
    """Dora waits for hers too."""
    choose(dora, digest_at=moment("2026-11-20 08:00"))
    say_before(clock, alice, open_direct(user_id=alice.pk, other_id=dora.pk), hours=30)
    return waiting, dora


def test_whose_mail_cannot_be_told_by_a_look_holds_up_nobody(both, heard, clock, stumbling, caplog):
    bob, dora = both
    stumbling.add(bob.pk)
    assert [mail.user_id for mail in send(heard)] == [dora.pk]
    assert f"What user {bob.pk} has not read cannot be told" in caplog.text
    stumbling.clear()
    clock.set("2026-11-21 08:00")
    assert {mail.user_id for mail in send(heard)} == {bob.pk, dora.pk}


def test_whose_mail_cannot_be_told_by_a_claim_holds_up_nobody(both, heard, clock, stumbling, caplog):
    bob, dora = both
    look(heard)
    stumbling.add(bob.pk)
    assert [mail.user_id for mail in send(heard)] == [dora.pk]
    (digest,) = Digest.objects.filter(user=bob)
    assert (digest.outcome, digest.error) == ("waiting", "TypeError: no such hour")
    stumbling.clear()
    clock.set("2026-11-20 09:00")
    assert [mail.user_id for mail in send(heard)] == [bob.pk]


def test_a_look_reads_what_is_unread_before_its_transaction(waiting, heard):
    """It may take long, and on SQLite nobody else could write meanwhile."""
    with CaptureQueriesContext(connection) as queries:
        look(heard)
    sql = [query["sql"] for query in queries]
    read = next(place for place, text in enumerate(sql) if "messages_store_message" in text)
    assert read < next(place for place, text in enumerate(sql) if text.startswith("SAVEPOINT"))
