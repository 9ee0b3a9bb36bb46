"""The servers that development and tests run on."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from imsite.localservers import Node, Postgres, Redis, free_port
from imsite.localservers.account import Account, private_directory
from imsite.localservers.postgres_programs import _copy, _installed
from imsite.localservers.program import NotReady

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def postgres():
    with Postgres(durable=False) as server:
        yield server


@pytest.fixture
def redis_server():
    with Redis() as server:
        yield server


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def eventually(condition, timeout: float = 30) -> bool:
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_what_postgres_committed_survives_an_immediate_restart(postgres):
    with psycopg.connect(postgres.url()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    with psycopg.connect(postgres.url()) as connection:
        postgres.restart_immediate()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    with psycopg.connect(postgres.url()) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_postgres_knows_upper_case_beyond_ascii(postgres):
    with psycopg.connect(postgres.url()) as connection:
        assert connection.execute("SELECT upper('éя')").fetchone() == ("ÉЯ",)


def test_postgres_makes_more_databases_once(postgres):
    assert postgres.create_database("another") == postgres.create_database("another") == postgres.url("another")
    with psycopg.connect(postgres.url("another")) as connection:
        assert connection.info.dbname == "another"


def test_postgres_asks_for_its_password(postgres):
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(postgres.url().replace(":" + postgres._password(), ":wrong"))


def test_postgres_never_runs_as_root_and_counts_its_children(postgres):
    users = []
    for pid in postgres.pids():
        with suppress(psutil.NoSuchProcess):  # a session that was just closed
            users.append(psutil.Process(pid).uids().effective)
    assert len(users) > 3
    assert 0 not in users


def test_postgres_is_durable_unless_told_otherwise(tmp_path):
    with Postgres(tmp_path) as server, psycopg.connect(server.url()) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
        directory = server.directory
    with Postgres(directory) as again, psycopg.connect(again.url()) as connection:
        assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
    shutil.rmtree(directory)


def test_redis_comes_back_empty_on_the_same_port(redis_server):
    with redis.Redis.from_url(redis_server.url) as client:
        client.set("key", "value")
        redis_server.restart_empty()
        assert client.get("key") is None


def test_a_frozen_redis_answers_nothing_until_it_thaws(redis_server):
    redis_server.freeze()
    hasty = redis.Redis.from_url(redis_server.url, socket_timeout=0.2, retry=None)
    with hasty, pytest.raises(redis.TimeoutError):
        hasty.ping()
    redis_server.thaw()
    with redis.Redis.from_url(redis_server.url, socket_timeout=30) as patient:
        assert patient.ping()


def test_a_frozen_server_can_be_stopped(redis_server):
    pid = redis_server.pids()[0]
    redis_server.freeze()
    redis_server.stop()
    assert gone(pid)
    assert redis_server.pids() == []


def test_a_server_outlives_the_thread_that_started_it(redis_server):
    redis_server.stop()
    thread = threading.Thread(target=redis_server.start)
    thread.start()
    thread.join()
    time.sleep(0.2)  # a parent-death signal would have come by now
    assert redis_server.is_running()


PARENT = """
import sys, time
from imsite.localservers import Postgres, Redis
database, frozen = Postgres(durable=False).start(), Redis().start()
frozen.freeze()
print(*database.pids(), *frozen.pids(), database.directory, flush=True)
time.sleep(600)
"""


def test_servers_die_with_their_parent_however_it_dies():
    """SIGKILL leaves the parent no time to clean up, and a frozen child takes no polite signal."""
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    with parent:
        *pids, directory = parent.stdout.readline().split()
        assert len(pids) > 4
        parent.send_signal(signal.SIGKILL)
    assert eventually(lambda: all(gone(int(pid)) for pid in pids))
    assert eventually(lambda: not Path(directory).exists())


def test_a_node_that_cannot_start_says_why(tmp_path):
    node = Node(free_port(), {"SECRET_KEY": "", "DATABASE_URL": "nonsense", "NODE_NAME": "a"}, tmp_path / "node.log")
    with pytest.raises(NotReady, match=r"a has ended(.|\n)*(SECRET_KEY|DATABASE_URL)"):
        node.start().wait_ready()
    assert not node.is_running()


def test_the_programs_work_from_a_copy(tmp_path, monkeypatch):
    """As root, with the package where PostgreSQL's user may not go."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    program = next(_copy(_installed()).glob("*/*/bin/initdb"))
    assert b"PostgreSQL" in subprocess.run([program, "--version"], check=True, capture_output=True).stdout
    assert _copy(_installed()) in program.parents


def test_data_where_the_server_may_not_go_have_a_stand_in(tmp_path):
    hidden = tmp_path / "hidden"
    hidden.mkdir(mode=0o700)
    account = Account.for_servers()
    owned = account.own(hidden / "data")
    assert account.can("-w", owned)
    assert owned == account.own(hidden / "data"), "the same the next time"
    if owned != hidden / "data":
        owned.rmdir()


def test_a_strangers_directory_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "trap").symlink_to(tmp_path)
    with pytest.raises(RuntimeError, match="belongs to somebody else"):
        private_directory("trap", owner=os.geteuid())


def test_free_ports_differ():
    ports = {free_port() for _ in range(50)}
    assert len(ports) == 50


SAME_CHOICE = "import random; from imsite.localservers import free_port; random.seed(5); print(free_port(), flush=True)"


def test_two_processes_are_never_given_the_same_port():
    """Nobody listens there yet when the second one asks, and its random numbers are the first one's."""
    waits = f"{SAME_CHOICE}; input()"
    with subprocess.Popen(
        [sys.executable, "-c", waits], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as first:
        given = first.stdout.readline()
        second = subprocess.check_output([sys.executable, "-c", SAME_CHOICE], cwd=ROOT, text=True)
        first.communicate("\n")
    assert given.strip().isdecimal()
    assert second.strip().isdecimal()
    assert given != second


def test_a_session_that_ends_while_postgres_is_frozen_or_thawed_is_nobodys_business(monkeypatch):
    server = Postgres()
    gone = subprocess.Popen(["true"])
    gone.wait()
    monkeypatch.setattr(server, "pids", lambda: [gone.pid])
    server.freeze()
    server.thaw()
