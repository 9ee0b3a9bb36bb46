"""Two real workers and a thousand people to remind, one worker killed in the middle."""

import re
import secrets
import time
from collections import Counter
from pathlib import Path

import psycopg
import pytest

from imsite.localservers import Postgres, Redis, Worker

from .test_notifications import PATIENCE, PEOPLE, manage

CROWD = 1_000
AT_ONCE = 4
LINE = re.compile(r"Reminder (\S+) for user (\d+):")
# The clock moved: what was stored was stored a minute before.
LATER = """
    UPDATE messages_store_message SET created_at = created_at - interval '1 minute';
    UPDATE messages_store_delivery SET stored_at = stored_at - interval '1 minute'"""
WAITING = """
    SELECT count(*) FROM messages_store_user u WHERE u.kind <> 'service' AND 2 <> (
      SELECT count(*) FROM messages_store_reminder r WHERE r.user_id = u.id AND r.number = 1 AND r.outcome = 'sent')"""


@pytest.fixture
def environment(tmp_path):
    with Postgres(durable=False) as postgres, Redis() as redis:
        made = {
            "DATABASE_URL": postgres.url(),
            "REDIS_URL": redis.url,
            "SECRET_KEY": secrets.token_urlsafe(50),
            "ALLOWED_HOSTS": "127.0.0.1",
            "HTTPS": "false",
            "IM_WORK_SECONDS": "0.05",
            "IM_NOTIFIERS": "log,tests.cluster.file_notifier.FileNotifier",
            "IM_NOTIFY_AT_ONCE": str(AT_ONCE),
            "IM_NOTIFY_SECONDS": "3",  # far more than it takes: what is late is tried again, and is told twice
            "IM_TEST_FILE": str(tmp_path / "told"),
        }
        manage(made, "migrate", "--verbosity=0")
        yield made


@pytest.fixture
def base(environment):
    with psycopg.connect(environment["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(PEOPLE, [CROWD])
        manage(environment, "notify", "--everyone", "--title=Lunch")
        connection.execute(LATER)
        yield connection


@pytest.fixture
def start_worker(environment, tmp_path):
    workers = []

    def start(name: str) -> Worker:
        worker = Worker(environment | {"NODE_NAME": name}, tmp_path / f"{name}.log")
        workers.append(worker)
        return worker.__enter__()

    yield start
    for worker in workers:
        worker.kill()


def lines(*logs: Path) -> list[tuple[str, str]]:
    """(id, user) of each reminder in these logs."""
    text = "".join(log.read_text() for log in logs if log.exists())
    return LINE.findall(text)


def wait(condition) -> None:
    deadline = time.monotonic() + 2 * PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)  # each look takes a while itself, and the workers share the machine with it


def test_everybody_is_reminded_once_though_a_worker_is_killed(environment, base, start_worker, tmp_path):
    """By `log` exactly once. By one whose protocol cannot tell a repetition: by one id, and no more than were on
    their way of the killed worker twice."""
    logs = tmp_path / "victim.log", tmp_path / "other.log"
    told = Path(environment["IM_TEST_FILE"])
    victim = start_worker("victim")
    start_worker("other")
    wait(lambda: len(lines(*logs)) >= CROWD / 4)
    victim.kill()
    assert len(lines(*logs)) < CROWD, "it was over already"
    wait(lambda: base.execute(WAITING).fetchone() == (0,))
    by_log = Counter(user for _id, user in lines(*logs))
    assert len(by_log) == CROWD
    assert set(by_log.values()) == {1}
    by_file = Counter(tuple(line.split()) for line in told.read_text().splitlines())
    assert len(by_file) == len({user for _id, user in by_file}) == CROWD
    assert sum(by_file.values()) <= CROWD + AT_ONCE
    assert all(lines(log) for log in logs), "both have worked"
