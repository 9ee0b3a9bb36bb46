"""`python -m bench.reminders`: how long it takes to find whom to remind, among ten million deliveries.

Of them 1,000 are unsent and new. Beside them ten thousand people have been away for so long that they were reminded to
the limit, and will never be again: with 50 unsent entries each. It makes all that by SQL in a PostgreSQL of its own,
unless DATABASE_URL names one, which must be an empty database.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from statistics import median
from time import perf_counter

import django

STEPS = (
    """
    INSERT INTO messages_store_user (id, username, display_name, kind, password, first_name, last_name, email,
      is_staff, is_active, is_superuser, date_joined)
    SELECT n, 'person' || n, '', 'user', '!', '', '', '', false, true, false, now()
    FROM generate_series(1, %(people)s) n""",
    """
    INSERT INTO messages_store_conversation (id, kind, title, last_number, created_at)
    SELECT n, 'group', 'Group ' || n, 1000, now() FROM generate_series(1, %(messages)s / 1000 + 1) n""",
    """
    INSERT INTO messages_store_message (id, conversation_id, number, sender_id, kind, body, created_at)
    SELECT n, n / 1000 + 1, n %% 1000 + 1, 1, 'text', 'Message ' || n, now() - interval '1 hour'
    FROM generate_series(1, %(messages)s) n""",
    """
    INSERT INTO messages_store_delivery (recipient_id, seq, message_id, event, status, sent_at)
    SELECT u, s, (s - 1) * (%(messages)s / %(each)s) + u %% (%(messages)s / %(each)s) + 1, 'message', 'sent', now()
    FROM generate_series(1, %(each)s) s, generate_series(1, %(people)s) u""",
    """
    INSERT INTO messages_store_inbox (user_id, epoch, last_seq, acked_seq, floor_seq)
    SELECT u, 'bench', %(each)s,
      %(each)s - CASE WHEN u <= %(unsent)s THEN 1 WHEN u <= %(unsent)s + %(away)s THEN 50 ELSE 0 END, 0
    FROM generate_series(1, %(people)s) u""",
    """
    UPDATE messages_store_delivery d SET status = 'unsent', sent_at = NULL FROM messages_store_inbox i
    WHERE i.user_id <= %(unsent)s + %(away)s AND d.recipient_id = i.user_id AND d.seq > i.acked_seq""",
    """
    INSERT INTO messages_store_member (conversation_id, user_id, role, read_number, sent_number, muted, joined_at)
    SELECT DISTINCT m.conversation_id, i.user_id, 'member', 0, 0, false, now()
    FROM messages_store_inbox i JOIN messages_store_delivery d ON d.recipient_id = i.user_id AND d.seq > i.acked_seq
    JOIN messages_store_message m ON m.id = d.message_id WHERE i.user_id <= %(unsent)s + %(away)s""",
    """
    INSERT INTO messages_store_spell (user_id, first_seq, up_to_seq, looked_seq)
    SELECT u, %(each)s - 49, %(each)s, %(each)s FROM generate_series(%(unsent)s + 1, %(unsent)s + %(away)s) u""",
    """
    INSERT INTO messages_store_reminder (key, user_id, notifier, spell, number, outcome, error, forced, attempts,
      due_at, next_at, claim, ended_at, from_seq, up_to_seq, messages, conversations, notifications)
    SELECT gen_random_uuid(), u, 'log', %(each)s - 49, n, 'sent', '', false, 1, now(), now(), '', now(), %(each)s - 49,
      %(each)s, 50, 1, '{}' FROM generate_series(%(unsent)s + 1, %(unsent)s + %(away)s) u, generate_series(1, 3) n""",
    *(
        f"SELECT setval(pg_get_serial_sequence('messages_store_{table}', 'id'), max(id)) FROM messages_store_{table}"  # noqa: S608
        for table in ("user", "conversation", "member", "message", "delivery", "reminder")
    ),
)
READ_ALL = "SELECT count(*) FROM messages_store_delivery WHERE status = 'unsent'"


def make(**sizes: int) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        # Nobody else is here, what refers to what was made right, and none of it must survive a crash.
        cursor.execute(
            "SET statement_timeout = 0; SET session_replication_role = replica; SET synchronous_commit = off"
        )
        for step in STEPS:
            _say(step.split("(")[0].strip())
            cursor.execute(step, sizes)
        for table in ("delivery", "message", "inbox", "spell", "reminder", "member", "user"):
            cursor.execute(f"VACUUM (ANALYZE) messages_store_{table}")
    connection.close()


def timed(do: Callable, runs: int = 1) -> tuple[float, float]:
    """Its median and its slowest in milliseconds."""
    times = []
    for _ in range(runs):
        began = perf_counter()
        do()
        times.append(1_000 * (perf_counter() - began))
    return median(times), max(times)


def measure(runs: int) -> Iterator[tuple[str, float, float]]:
    from django.db import connection

    from messages_store.models import Reminder
    from messages_store.notifiers.log import LogNotifier
    from messages_store.services import reminding, spells, workers

    log = LogNotifier()

    def ask() -> None:
        spells.BEHIND({}, after=0, limit=spells.AT_ONCE)

    def look() -> None:
        after = 0
        while after is not None:
            after = spells.look(notifiers={"log": log}, after=after).next

    def read_all() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
            cursor.execute(READ_ALL)

    yield "the first page of those with something new", *timed(ask, runs)
    yield "the look that finds all of them and plans their reminders", *timed(look)
    found = Reminder.objects.waiting().count()
    yield "a look that finds nothing new", *timed(look, runs)
    yield "whether anything is due", *timed(lambda: reminding.is_due(notifier=log), runs)
    yield "a reminder: claimed, written, ended", *timed(lambda: reminding.remind_one(notifier=log), found)
    yield "whether anything is due, after them", *timed(lambda: reminding.is_due(notifier=log), runs)
    yield "the numbers for the metrics", *timed(workers.standing, runs)
    yield "for comparison: all deliveries, by their status", *timed(read_all)
    assert Reminder.objects.filter(number=1, outcome="sent").count() >= found > 0


def run(options: argparse.Namespace) -> None:
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    each = options.deliveries // options.people
    sizes = {"people": options.people, "each": each, "unsent": options.unsent, "away": options.away}
    began = perf_counter()
    make(**sizes, messages=max(each, options.deliveries // 10))
    _say(f"made in {perf_counter() - began:.0f} s")
    print("| what | median ms | slowest ms |", "|---|---|---|", sep="\n")
    for name, middle, slowest in measure(options.runs):
        print(f"| {name} | {middle:.2f} | {slowest:.2f} |", flush=True)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.reminders", description=__doc__)
    parser.add_argument("--deliveries", type=int, default=10_000_000)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--unsent", type=int, default=1_000, help="people with one new entry each")
    parser.add_argument("--away", type=int, default=10_000, help="people who were reminded to the limit")
    parser.add_argument("--runs", type=int, default=20)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imsite.settings")
    os.environ.setdefault("SECRET_KEY", "bench-" * 10)
    os.environ["LOG_LEVEL"] = "ERROR"  # a thousand lines would stand between the figures
    if os.environ.get("DATABASE_URL"):
        return run(options)
    from imsite.localservers import Postgres

    with Postgres(durable=False) as postgres:
        postgres.start()
        os.environ["DATABASE_URL"] = postgres.url()
        return run(options)


if __name__ == "__main__":
    main()
