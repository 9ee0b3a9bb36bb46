"""One measurement: the generator against a running side."""

import os
import secrets
import subprocess
import sys
from typing import Self

import msgspec

from bench.plan import Crowd, CrowdResult, Person, Plan, Result
from bench.sides import Side
from bench.stage import ROOT
from imsite.localservers.program import Program


class BrokenRun(Exception):
    """The generator failed; the message holds what it and the servers wrote last."""


def measure(side: Side, servers: list[Program], work: str, **options: float) -> Result:
    """The generator as a process of its own. `options` are those of Plan."""
    plan = Plan(
        dialect=side.dialect,
        work=work,
        people=side.people(servers, work),
        run=secrets.token_hex(4),
        room=side.room if work == "w2" else None,
        pids=pids(side, servers),
        **options,
    )
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT / "clients" / "python")},
        input=msgspec.json.encode(plan),
        capture_output=True,
    )
    if done.returncode:
        logs = "\n".join(server.log_tail() for server in servers)
        raise BrokenRun(f"{side.name}, {work}:\n{done.stderr.decode()}\n{logs}")
    return msgspec.json.decode(done.stdout, type=Result)


def pids(side: Side, servers: list[Program]) -> dict[str, list[int]]:
    return {"server": [server.process.pid for server in servers], **side.stage.pids()}


class Gathering:
    """A crowd as a process of its own: `with Gathering(…) as crowd`, and at the end `crowd.result()`."""

    def __init__(self, side: Side, servers: list[Program], work: str, people: list[Person], **options: float) -> None:
        self._servers = servers
        self._crowd = Crowd(work=work, people=people, pids=pids(side, servers), **options)

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.crowd"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._process.stdin.write(msgspec.json.encode(self._crowd) + b"\n")
        self._process.stdin.flush()
        return self

    def __exit__(self, *exc: object) -> None:
        self._process.kill()
        self._process.wait()

    def wait_there(self) -> None:
        """Until a nuisance has said that it is there."""
        self._process.stdout.readline()

    def result(self) -> CrowdResult:
        """Let a nuisance go, and wait for the figures."""
        out, _ = self._process.communicate()
        if self._process.returncode:
            logs = "\n".join(server.log_tail() for server in self._servers)
            raise BrokenRun(f"{self._crowd.work}: the crowd ended with {self._process.returncode}\n{logs}")
        return msgspec.json.decode(out, type=CrowdResult)
