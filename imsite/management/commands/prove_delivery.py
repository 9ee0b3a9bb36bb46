import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib.util import find_spec
from math import inf
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING

from django.core.management.base import BaseCommand, CommandError

if TYPE_CHECKING:
    from imsite.proof.plan import Fault
    from imsite.proof.report import Outcome
    from imsite.proof.stage import Stage

FLOODERS, STRANGERS = 2, 3
HEARTBEAT = 0.8  # seconds of silence after which a client pings; after as many more it goes elsewhere
INTERRUPTED = 130


def number(kind: Callable, least: float) -> Callable[[str], float]:
    def parse(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = None
        if value is None or not least <= value < float("inf"):
            raise argparse.ArgumentTypeError(f"must be a number from {least} on, not {text!r}")
        return value

    return parse


class Command(BaseCommand):
    help = "Run nodes under load, break things, and count what was lost, doubled, out of order or told to a stranger."
    requires_system_checks = []

    def add_arguments(self, parser):
        add = parser.add_argument
        add("--seconds", type=number(float, 1), default=50, help="how long people talk, at least (50)")
        add("--every", type=number(float, 1), default=5, help="seconds from one fault to the next (5)")
        add("--faults", default="all", metavar="LIST",
            help="all, none, or some of kill,stop,redis,pubsub,postgres,drain,slow,flood")  # fmt: skip
        add("--seed", type=int, help="makes the plan; it is printed, so that a run can be repeated")
        add("--people", type=number(int, 2), default=40, help="who talk in pairs (40)")
        add("--rate", type=number(float, 0.1), default=60, help="messages a second, of all together (60)")
        add("--nodes", type=number(int, 1), default=3, help="how many are started (3)")
        add("--url", action="append", default=[], help="a node or proxy that runs already; again for the next one")
        add("--tokens", type=Path, metavar="FILE", help="with --url: from `manage.py demo --users=N --tokens=FILE`")
        add("--json", type=Path, metavar="FILE", help="write the outcome there too")
        add("--keep-logs", action="store_true", help="keep what the nodes wrote, under var/proof/")

    def handle(self, *, json: Path | None, seed: int | None, **options) -> None:
        if find_spec("websockets") is None:
            raise CommandError("websockets is missing: `pip install -r requirements-dev.txt -c constraints.txt`.")
        from psycopg import OperationalError

        from imsite.localservers import NotReady
        from imsite.proof.people import NotWelcome
        from imsite.proof.stage import Unusable

        self.options = options
        self.seed = SystemRandom().randrange(1_000_000) if seed is None else seed
        plan = self.plan()
        try:
            with self.stage() as stage:
                outcome = asyncio.run(self.prove(stage, plan))
        except (NotReady, NotWelcome, Unusable) as error:
            raise CommandError(str(error)) from None
        except OperationalError as error:
            raise CommandError(f"The database does not answer: {error}") from None
        except KeyboardInterrupt:
            self.stdout.write("Interrupted.")
            sys.exit(INTERRUPTED)
        self.tell(outcome, plan, json)
        if outcome.wrongs or outcome.interrupted:
            sys.exit(1 if outcome.wrongs else INTERRUPTED)

    def plan(self) -> "list[Fault]":
        from imsite.proof.plan import OF_CLIENTS, WAYS, kinds, plan
        from imsite.proof.servers import MOST

        some = self.options
        if some["nodes"] > MOST:
            raise CommandError(f"--nodes must be at most {MOST}.")
        if some["people"] % 2:
            raise CommandError("--people must be even: they talk in pairs.")
        try:
            faults = kinds(some["faults"], among=OF_CLIENTS if some["url"] else tuple(WAYS))
        except ValueError as error:
            raise CommandError(str(error)) from None
        made = plan(seed=self.seed, faults=faults, seconds=some["seconds"], every=some["every"])
        if faults and not made:
            raise CommandError("No fault ends within --seconds: give more of them, or a smaller --every.")
        return made

    def stage(self) -> "AbstractContextManager[Stage]":
        from imsite.proof.stage import elsewhere, here

        some = self.options
        people = some["people"] + FLOODERS + STRANGERS
        if some["url"]:
            database = os.environ.get("DATABASE_URL", "")
            return elsewhere(urls=some["url"], tokens=some["tokens"], people=people, database=database)
        self.stdout.write(f"Starting PostgreSQL, Redis and {some['nodes']} nodes …")
        self.stdout.flush()
        return here(nodes=some["nodes"], people=people, logs=self.logs())

    def logs(self) -> Path:
        from imsite.localservers.guardian import guardian

        if not self.options["keep_logs"]:
            return guardian.temporary_directory("imsite-proof-")
        path = Path("var", "proof", f"{time.strftime('%Y%m%d-%H%M%S')}-{self.seed}").resolve()
        path.mkdir(parents=True)
        self.stdout.write(f"The nodes' logs: {path}")
        return path

    async def prove(self, stage: "Stage", plan: "list[Fault]") -> "Outcome":
        from imsite.proof import Proof, Talk
        from imsite.proof.progress import Progress

        some = self.options
        talk = Talk(
            stage.accounts[FLOODERS:],
            stage.nodes,
            flooders=stage.accounts[:FLOODERS],
            database=stage.database,
            people=some["people"],
            seconds=inf,
            rate=some["rate"],
            heartbeat=HEARTBEAT,
            seed=self.seed,
        )
        progress = Progress(self.stdout)
        proof = Proof(talk, plan, seconds=some["seconds"], cluster=stage.cluster, say=progress.say)
        progress.say(
            f"{some['people']} people talk for {some['seconds']:g} s, {some['rate']:g} messages a second, while "
            f"{len(plan)} things break (--seed {self.seed}). Ctrl-C ends it."
        )
        async with progress.of(proof.pulse):
            return await proof.run()

    def tell(self, outcome: "Outcome", plan: "list[Fault]", path: Path | None) -> None:
        from imsite.proof.report import as_data, report

        for paragraph in report(outcome):
            self.stdout.write(paragraph)
        if path:
            path.write_text(json.dumps(as_data(outcome, seed=self.seed, plan=plan), indent=1, ensure_ascii=False))
