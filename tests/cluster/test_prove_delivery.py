"""`manage.py prove_delivery` as somebody runs it who wants to know."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

import psutil
import psycopg
import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 150  # seconds; the machine may be busy
FOUR_TALK = ("--people=4", "--rate=20")
LOSE_ONE = """
    DELETE FROM messages_store_delivery WHERE id = (
        SELECT d.id FROM messages_store_delivery d JOIN messages_store_inbox i ON i.user_id = d.recipient_id
        WHERE d.recipient_id = ANY(%s) AND d.seq > 1 AND d.seq < i.acked_seq LIMIT 1)"""


class Run:
    """The command in a process, and everything that it starts."""

    def __init__(self, *options: str, **environment: str):
        self._mark = str(uuid4())
        self._process = subprocess.Popen(
            [sys.executable, "-u", "manage.py", "prove_delivery", *options],
            cwd=ROOT,
            env=os.environ | {"IMSITE_PROOF_MARK": self._mark} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.output = ""

    def read_until(self, text: str) -> None:
        while text not in self.output:
            line = self._process.stdout.readline()
            assert line, self.output
            self.output += line

    def interrupt(self) -> None:
        self._process.send_signal(signal.SIGINT)

    def ended(self) -> int:
        """The exit code. Nothing of it may be left."""
        self.output += self._process.communicate(timeout=LONGEST)[0]
        assert self._left() == []
        return self._process.returncode

    def _left(self) -> list[str]:
        """The guardian may need a moment."""
        deadline = time.monotonic() + 5
        while (left := [" ".join(process.cmdline()) for process in self._started()]) and time.monotonic() < deadline:
            time.sleep(0.1)
        return left

    def _started(self) -> list[psutil.Process]:
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get("IMSITE_PROOF_MARK") == self._mark:
                    found.append(process)
            except psutil.Error:
                continue
        return found


@pytest.fixture
def people(some_people):
    """Four who talk, two who flood, three strangers."""
    return some_people(4 + 2 + 3)


@pytest.fixture
def elsewhere(cluster, people, tmp_path):
    """Options for a deployment that runs already."""
    tokens = tmp_path / "tokens.json"
    tokens.write_text(json.dumps({one.name: {"id": one.id, "token": one.token} for one in people}))
    return [*FOUR_TALK, f"--tokens={tokens}", *(f"--url={node.url}" for node in cluster.nodes)]


def test_what_it_breaks_and_what_it_counts(tmp_path):
    path = tmp_path / "outcome.json"
    run = Run("--seconds=12", "--every=3", "--faults=kill,redis,drain", "--seed=1", f"--json={path}")
    assert run.ended() == 0, run.output
    assert "Nothing was lost, doubled, out of order or told to a stranger." in run.output
    assert "and every row in the database" in run.output
    found = json.loads(path.read_text())
    rows = {row["fault"]: row for row in found["rows"]}
    total = rows.pop("total")
    assert rows.keys() == {"nothing broken", "node killed", "Redis killed", "Redis frozen", "rolling restart"}
    assert total["sent"] == total["accepted"] == sum(row["sent"] for row in rows.values()) > 500
    assert (total["lost"], total["double"], total["out_of_order"], total["to_strangers"]) == (0, 0, 0, 0)
    assert rows["node killed"]["reconnects"] > 0
    assert rows["rolling restart"]["reconnects"] > 0
    assert found["wrongs"] == []


def test_ctrl_c_ends_it_with_the_table_so_far():
    run = Run("--faults=kill", "--every=2", *FOUR_TALK)
    run.read_until("is killed: lasted")
    run.interrupt()
    assert run.ended() == 130, run.output
    assert "node killed" in run.output
    assert "told to a stranger, up to the interruption." in run.output


def test_a_deployment_that_runs_already(elsewhere, cluster):
    """It breaks no process there; with its DATABASE_URL, the store is checked too. And again with the same people."""
    for _ in range(2):
        run = Run("--seconds=5", "--every=2.4", *elsewhere, DATABASE_URL=cluster.postgres.url())
        assert run.ended() == 0, run.output
        assert "slow devices" in run.output
        assert "far over the limits" in run.output
        assert "and every row in the database" in run.output


def test_what_is_lost_in_the_store_is_named(elsewhere, people, cluster):
    """The people were told everything; only the database has a hole."""
    run = Run("--seconds=4", "--faults=none", *elsewhere, DATABASE_URL=cluster.postgres.url())
    with psycopg.connect(cluster.postgres.url(), autocommit=True) as database:
        lose_a_delivery(database, [one.id for one in people])
    assert run.ended() == 1, run.output
    assert "lost: the database has an inbox with a hole" in run.output
    assert "lost: the database has a message that a member never got" in run.output
    assert "2 VIOLATIONS" in run.output


def lose_a_delivery(database: psycopg.Connection, people: list[int]) -> None:
    """One that was pushed and acknowledged, and is not the last one."""
    deadline = time.monotonic() + LONGEST
    while not database.execute(LOSE_ONE, [people]).rowcount:
        assert time.monotonic() < deadline
        time.sleep(0.05)
