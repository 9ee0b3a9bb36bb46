"""One measurement: the generator against a running side."""

import secrets
import subprocess
import sys

import msgspec

from bench.plan import Plan, Result
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
        pids={"server": [server.process.pid for server in servers], **side.stage.pids()},
        **options,
    )
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"], cwd=ROOT, input=msgspec.json.encode(plan), capture_output=True
    )
    if done.returncode:
        logs = "\n".join(server.log_tail() for server in servers)
        raise BrokenRun(f"{side.name}, {work}:\n{done.stderr.decode()}\n{logs}")
    return msgspec.json.decode(done.stdout, type=Result)
