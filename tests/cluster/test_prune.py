"""Real processes that prune, killed with -9 in the middle, beside a second one."""

import os
import random
import secrets
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from tempfile import TemporaryDirectory

import psycopg
import pytest

from imsite.localservers import Postgres
from imsite.localservers.node import ROOT

from .test_notifications import PATIENCE, manage

MEMORY = "/dev/shm"  # noqa: S108 (a directory of our own in it)
PEOPLE, MESSAGES = 20, 400
SEED = f"""
from uuid import uuid4
from messages_store.drafts import Draft
from messages_store.models import User
from messages_store.services import conversations, receipts, sending
people = [User.objects.create(username=f"person{{n}}") for n in range({PEOPLE})]
room = conversations.create_group(creator=people[0], title="many", members=people[1:])
for _ in range({MESSAGES} // 100):
    drafts = [Draft(sender=people[0].pk, conversation=room.pk, client_id=uuid4(), body="hi") for _ in range(100)]
    sending.send(drafts)
receipts.record(acks={{person.pk: {MESSAGES} for person in people}}, reads={{}})
from tests.store.moved import later
later(days=40)
"""
FLOORS = "SELECT coalesce(sum(floor_seq), 0) FROM messages_store_inbox"
NUMBERS = "SELECT floor_number FROM messages_store_conversation"
ENTRIES_TORN = """
    SELECT i.user_id FROM messages_store_inbox i
    LEFT JOIN messages_store_delivery d ON d.recipient_id = i.user_id GROUP BY i.user_id, i.last_seq, i.floor_seq
    HAVING count(d.seq) <> i.last_seq - i.floor_seq OR min(d.seq) <> i.floor_seq + 1"""
MESSAGES_TORN = """
    SELECT c.id FROM messages_store_conversation c
    LEFT JOIN messages_store_message m ON m.conversation_id = c.id GROUP BY c.id, c.last_number, c.floor_number
    HAVING count(m.id) <> c.last_number - c.floor_number OR min(m.number) <> c.floor_number + 1"""


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request):
    """Of a base that is not on a disk: processes are killed here, never the machine, and each commit waits for one."""
    if request.param == "sqlite":
        place = MEMORY if os.access(MEMORY, os.W_OK) else None
        with TemporaryDirectory(prefix="imsite-prune-", dir=place) as directory:
            yield f"sqlite:///{directory}/base.sqlite3"
    else:
        with Postgres(durable=False) as postgres:
            yield postgres.url()


@pytest.fixture
def environment(url):
    made = {
        "DATABASE_URL": url,
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": "127.0.0.1",
        "HTTPS": "false",
        "IM_PRUNE_CHUNK": "20",
    }
    manage(made, "migrate", "--verbosity=0")
    manage(made, "shell", "-c", SEED)
    return made


@pytest.fixture
def ask(url) -> Callable[[str], list]:
    path = url.removeprefix("sqlite:///")
    base = psycopg.connect(url, autocommit=True) if path == url else sqlite3.connect(path, timeout=PATIENCE)
    yield lambda question: base.execute(question).fetchall()
    base.close()


@pytest.fixture
def start(environment):
    running = []

    def start() -> subprocess.Popen:
        command = [sys.executable, "manage.py", "prune", "--inbox-days=30", "--message-days=35"]
        running.append(subprocess.Popen(command, cwd=ROOT, env=os.environ | environment))
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.wait()


def until_it_rises(ask, process: subprocess.Popen, question: str) -> None:
    [(before,)], deadline = ask(question), time.monotonic() + PATIENCE
    while ask(question) == [(before,)]:
        assert process.poll() is None, "it ended before it was killed"
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_killed_in_the_middle_it_leaves_nothing_torn_and_the_next_run_ends_it(start, ask):
    chance = random.Random(5)
    for question in (FLOORS, FLOORS, FLOORS, FLOORS, FLOORS, NUMBERS, NUMBERS):
        process = start()
        until_it_rises(ask, process, question)
        time.sleep(chance.uniform(0, 0.01))  # or it would always be killed right after a commit
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert ask(ENTRIES_TORN) == [] == ask(MESSAGES_TORN)
    assert 0 < ask(NUMBERS)[0][0] < MESSAGES
    last = [start(), start()]
    assert [process.wait(PATIENCE) for process in last] == [0, 0]
    assert ask(FLOORS) == [(PEOPLE * MESSAGES,)]
    assert ask(NUMBERS) == [(MESSAGES,)]
    assert ask("SELECT count(*) FROM messages_store_delivery") == [(0,)]
    assert ask("SELECT count(*) FROM messages_store_message") == [(0,)]
