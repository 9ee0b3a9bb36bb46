"""`python -m bench.pruning`: how fast old inbox entries are pruned, and how long sends wait meanwhile.

It makes so many acknowledged entries in a PostgreSQL of its own, unless DATABASE_URL names one, which must be an empty
database: half of them in the inboxes of two people who talk on while it prunes, half in many small ones.
"""

import argparse
import os
import threading
from statistics import median, quantiles
from time import perf_counter
from uuid import uuid4

import django

from .reminders import STEPS, timed

BOXES = """
    INSERT INTO messages_store_inbox (user_id, epoch, last_seq, acked_seq, floor_seq)
    SELECT u, 'bench', s, s, 0 FROM (
      SELECT u, CASE WHEN u <= 2 THEN %(entries)s / 4 ELSE %(each)s END s
      FROM generate_series(1, %(people)s + 2) u) x"""
MESSAGES = """
    INSERT INTO messages_store_message (id, conversation_id, number, sender_id, kind, body, created_at)
    SELECT n, 1, n, 1, 'text', 'Message ' || n, now() - interval '60 days' FROM generate_series(1, %(entries)s / 4) n"""
ENTRIES = """
    INSERT INTO messages_store_delivery (recipient_id, seq, message_id, event, status, sent_at)
    SELECT i.user_id, s, s, 'message', 'sent', now() - interval '50 days'
    FROM messages_store_inbox i, generate_series(1, i.last_seq) s"""
ROOM = (
    "INSERT INTO messages_store_conversation (id, kind, title, last_number, created_at) "
    "VALUES (1, 'group', 'Bench', %(entries)s / 4, now())",
    "INSERT INTO messages_store_member (conversation_id, user_id, role, read_number, sent_number, muted, joined_at) "
    "SELECT 1, u, 'member', 0, 0, false, now() FROM generate_series(1, 2) u",
)


def make(entries: int, people: int) -> None:
    from django.db import connection

    sizes = {"entries": entries, "people": people, "each": entries // 2 // people}
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0; SET session_replication_role = replica")
        cursor.execute(STEPS[0], {"people": people + 2})
        for step in (BOXES, *ROOM, MESSAGES, ENTRIES, *STEPS[-6:]):
            cursor.execute(step, sizes)
        cursor.execute("VACUUM (ANALYZE) messages_store_delivery")
    connection.close()


class Talker(threading.Thread):
    """Sends, one after another, into the inboxes that are pruned."""

    def __init__(self):
        super().__init__()
        self.over = threading.Event()
        self.times: list[float] = []

    def run(self) -> None:
        from django.db import connection

        while not self.over.is_set():
            self.times.append(timed(self.send)[0])
        connection.close()

    @staticmethod
    def send() -> None:
        from messages_store.drafts import Draft
        from messages_store.services import sending

        sending.send([Draft(sender=1, conversation=1, client_id=uuid4(), body="hello")])


def run(options: argparse.Namespace) -> None:
    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from messages_store.pruning import Sweep
    from messages_store.services.pruning import Days

    settings.IM_SENDS_PER_MINUTE = 10**9
    call_command("migrate", verbosity=0)
    make(options.entries, options.people)
    alone = [timed(Talker.send)[0] for _ in range(200)]
    talker, sweep, chunks = Talker(), Sweep(Days(inbox=30)), []
    talker.start()
    began, more = perf_counter(), True
    while more:
        before, start = sweep.stages[0].done, perf_counter()
        more = sweep.step()
        if sweep.stages[0].done > before:
            chunks.append(1_000 * (perf_counter() - start))
    seconds = perf_counter() - began
    talker.over.set()
    talker.join()
    done = sweep.stages[0].done
    print(f"{done} entries in {seconds:.1f} s, {done / seconds:.0f} a second, in {len(chunks)} chunks")
    print("| milliseconds | median | 99% | slowest |", "|---|---|---|---|", sep="\n")
    for name, times in (("a chunk", chunks), ("a send alone", alone), ("a send meanwhile", talker.times)):
        print(f"| {name} | {median(times):.1f} | {quantiles(times, n=100)[98]:.1f} | {max(times):.1f} |")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.pruning", description=__doc__)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--people", type=int, default=1_000, help="with small inboxes")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imsite.settings")
    os.environ.setdefault("SECRET_KEY", "bench-" * 10)
    os.environ["LOG_LEVEL"] = "ERROR"
    if os.environ.get("DATABASE_URL"):
        return run(options)
    from imsite.localservers import Postgres

    with Postgres(durable=True) as postgres:
        postgres.start()
        os.environ["DATABASE_URL"] = postgres.url()
        return run(options)


if __name__ == "__main__":
    main()
