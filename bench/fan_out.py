"""`python -m bench.fan_out --people 100000`: one notification to everyone, by one worker, timed and with its memory.

On PostgreSQL with durable commits and a Redis, both started for it. Twice: to people who have no inbox yet, and again.
"""

import argparse
import os
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

from bench.stage import ROOT, Stage

PEOPLE = """
    INSERT INTO messages_store_user (password, is_superuser, username, first_name, last_name, email, is_staff,
      is_active, date_joined, kind, display_name)
    SELECT '', false, 'p' || n, '', '', '', false, true, now(), 'user', '' FROM generate_series(1, %s) n"""
ENTRIES = "SELECT count(*), count(DISTINCT (recipient_id, message_id)) FROM messages_store_delivery"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    people = parser.parse_args().people
    with tempfile.TemporaryDirectory() as directory, Stage(Path(directory)) as stage:
        environment = os.environ | {
            "DATABASE_URL": stage.postgres.url(),
            "REDIS_URL": stage.redis.url,
            "SECRET_KEY": secrets.token_urlsafe(50),
            "ALLOWED_HOSTS": "127.0.0.1",
        }
        manage(environment, "migrate", "--verbosity=0")
        with psycopg.connect(stage.postgres.url(), autocommit=True) as connection:
            connection.execute(PEOPLE, [people])
            for turn, whom in enumerate(("people without inboxes", "people with inboxes"), 1):
                manage(environment, "notify", "--everyone", f"--title={whom}")
                seconds, megabytes = worker(environment)
                assert connection.execute(ENTRIES).fetchone() == (turn * people, turn * people)
                print(f"{people} {whom}: {seconds:.1f} s, {people / seconds:.0f}/s, at most {megabytes:.0f} MB")


def manage(environment: dict[str, str], *command: str) -> None:
    subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=environment, check=True)


def worker(environment: dict[str, str]) -> tuple[float, float]:
    """Its seconds with its start, and the most memory that it had at a time."""
    began = time.monotonic()
    process = subprocess.Popen([sys.executable, "manage.py", "worker", "--once"], cwd=ROOT, env=environment)
    _pid, status, usage = os.wait4(process.pid, 0)
    assert status == 0
    return time.monotonic() - began, usage.ru_maxrss / 1024


if __name__ == "__main__":
    main()
