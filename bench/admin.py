"""`python -m bench.admin`: how long the admin's pages take over a million messages.

It makes them in a PostgreSQL of its own, unless DATABASE_URL names one: that must be an empty database, or one that
an earlier run filled.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from statistics import median
from time import perf_counter

import django

LIST, DELIVERIES, INBOXES = "messages_store/message/", "messages_store/delivery/", "messages_store/inbox/"
LOOKS, NOTIFICATIONS = "messages_store/look/", "messages_store/notification/"
CONVERSATIONS, PEOPLE = "messages_store/conversation/", "messages_store/user/"


def pages(message: int, conversation: int) -> Iterator[tuple[str, str]]:
    """What is measured: how it is called, and its address."""
    from bench.million import RARE

    yield "messages", LIST
    yield "messages, page 100 of 100", f"{LIST}?p=100"
    for status in ("unsent", "sent", "handled"):
        yield f"messages, {status}", f"{LIST}?status={status}"
    yield "messages, kind system", f"{LIST}?kind=system"
    yield "messages, kind text", f"{LIST}?kind=text"
    yield "messages of one sender", f"{LIST}?sender=person77"
    yield "messages of one conversation", f"{LIST}?conversation={conversation}"
    yield "messages of one sender, unsent", f"{LIST}?sender=person77&status=unsent"
    yield "messages of last year", f"{LIST}?created_at__year=2025"
    yield "messages of a month, long ago", f"{LIST}?created_at__year=2026&created_at__month=1"
    yield "messages of a day, long ago", f"{LIST}?created_at__year=2026&created_at__month=1&created_at__day=15"
    yield "messages of a month, unsent", f"{LIST}?created_at__year=2026&created_at__month=10&status=unsent"
    yield "search: a word in all of them", f"{LIST}?q=lunch"
    yield "search: a word in 20 of them", f"{LIST}?q={RARE}"
    yield "search: a word in none of them", f"{LIST}?q=Quetzalcoatl"
    yield "a message with its trace", f"{LIST}{message}/change/"
    yield "deliveries", DELIVERIES
    yield "deliveries, page 100 of 100", f"{DELIVERIES}?p=100"
    yield "deliveries, unsent", f"{DELIVERIES}?status=unsent"
    yield "deliveries, recalled", f"{DELIVERIES}?event__exact=recalled"
    yield "deliveries of one recipient", f"{DELIVERIES}?recipient=person77"
    yield "inboxes by their lag", INBOXES
    yield "inboxes that are behind", f"{INBOXES}?waiting=yes"
    yield "conversations", CONVERSATIONS
    yield "conversations, by a member", f"{CONVERSATIONS}?q=person77"
    yield "a transcript, the last page", f"{CONVERSATIONS}{conversation}/transcript/"
    yield "a transcript, in the middle", f"{CONVERSATIONS}{conversation}/transcript/?before=60"
    yield "people", PEOPLE
    yield "looks", LOOKS
    yield "notifications", NOTIFICATIONS


def measure(runs: int) -> Iterator[tuple[str, float, float, int]]:
    """For each page its median and its slowest in milliseconds, and the queries it takes."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from messages_store.models import Message, User

    user, _ = User.objects.get_or_create(username="bench-admin", is_staff=True, is_superuser=True)
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    newest = Message.objects.latest("pk")
    for name, address in pages(newest.pk, newest.conversation_id):
        times = []
        for _ in range(runs):
            began = perf_counter()
            answer = client.get(f"/admin/{address}", secure=True)
            times.append(1_000 * (perf_counter() - began))
            assert answer.status_code == 200, (address, answer.status_code)
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/admin/{address}", secure=True)
        yield name, median(times), max(times), len(queries)


def run(options: argparse.Namespace) -> None:
    django.setup()
    from django.core.management import call_command

    from bench import million
    from messages_store.models import Message

    call_command("migrate", verbosity=0)
    if not Message.objects.exists():
        print(f"making {options.messages:,} messages", file=sys.stderr, flush=True)
        million.make(options.messages)
    print("| page | median ms | slowest ms | queries |", "|---|---|---|---|", sep="\n")
    for name, middle, slowest, queries in measure(options.runs):
        print(f"| {name} | {middle:.0f} | {slowest:.0f} | {queries} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.admin", description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5, help="of each page (default: 5)")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imsite.settings")
    os.environ.setdefault("SECRET_KEY", "bench-" * 10)
    if os.environ.get("DATABASE_URL"):
        return run(options)
    from imsite.localservers import Postgres

    with Postgres(durable=False) as postgres:
        postgres.start()
        os.environ["DATABASE_URL"] = postgres.url()
        return run(options)


if __name__ == "__main__":
    main()
