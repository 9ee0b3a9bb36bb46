"""The sides: how each is prepared once, started for a run, and who then connects to it."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.plan import Person
from bench.servers import DaphneServer, EchoServer
from bench.stage import ROOT, Stage
from imsite.localservers import Node, free_port
from imsite.localservers.program import Program

PEOPLE = 100
_SECRET = secrets.token_urlsafe(50)


class Side:
    """`name` in the table; `dialect` is the generator's language; `base` the database that each run copies."""

    name: str
    dialect = "textbook"
    base = ""
    room: int | str | None = None

    def __init__(self, stage: Stage, nodes: int, crowd: int = 0) -> None:
        """`crowd`: so many people more than those who talk."""
        self.stage, self.nodes, self.crowd = stage, nodes, crowd

    def prepare(self) -> None:
        """Make `base`, once."""

    @contextmanager
    def running(self) -> Iterator[list[Program]]:
        """Its server processes, on a fresh copy of the database."""
        url = self.stage.reset(self.base) if self.base else ""
        with ExitStack() as stack:
            servers = [self.server(place, self.environment(url)) for place in range(self.nodes)]
            for server in servers:
                stack.callback(server.stop)
                server.start()
            for server in servers:
                server.wait_ready()
            yield servers

    def environment(self, database: str) -> dict[str, str]:
        return {"DATABASE_URL": database, "REDIS_URL": self.stage.redis.url, "SECRET_KEY": _SECRET}

    def server(self, place: int, environment: dict[str, str]) -> Program:
        raise NotImplementedError

    def people(self, servers: list[Program], work: str) -> list[Person]:
        """Neighbours talk to each other, and are on different nodes where there are several."""
        raise NotImplementedError

    def log(self, place: int) -> Path:
        return self.stage.directory / f"{self.name}-{place}.log"

    def run(self, *command: str) -> str:
        """One of its commands on the database `base`; returns what it printed."""
        environment = os.environ | self.environment(self.stage.postgres.create_database(self.base))
        done = subprocess.run(
            [sys.executable, *command], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
        )
        return done.stdout


class Ours(Side):
    """This project, as `manage.py serve` runs it, with every setting at its default."""

    name = dialect = "ours"
    base = "ours_base"

    def prepare(self) -> None:
        tokens = self.stage.directory / "tokens.json"
        self.run("manage.py", "migrate", "--verbosity", "0")
        self.run("manage.py", "demo", "--users", str(PEOPLE + self.crowd), "--tokens", str(tokens))
        known = json.loads(tokens.read_text())
        everybody = [known[name] for name in sorted(known) if name.startswith("u")]
        self._people, self._crowd = everybody[:PEOPLE], everybody[PEOPLE:]
        self.room = int(self.run("-m", "bench.room", *(str(person["id"]) for person in self._people)))

    def environment(self, database: str) -> dict[str, str]:
        plain = {"ALLOWED_HOSTS": "127.0.0.1", "HTTPS": "false", "DEBUG": "false", "LOG_LEVEL": "WARNING"}
        return super().environment(database) | plain | {"DJANGO_SETTINGS_MODULE": "imsite.settings"}

    def server(self, place: int, environment: dict[str, str]) -> Program:
        return Node(free_port(), environment | {"NODE_NAME": f"bench-{place}"}, self.log(place))

    def people(self, servers: list[Program], work: str) -> list[Person]:
        return _with_tokens(self._people, servers)

    def others(self, servers: list[Program]) -> list[Person]:
        """The crowd."""
        return _with_tokens(self._crowd, servers)


class OursByClient(Ours):
    """The same, spoken to by clients/python instead of the generator's bare wire."""

    name, dialect = "ours-by-client", "client"
    base = "ours_by_client_base"


def _with_tokens(people: list[dict], servers: list[Program]) -> list[Person]:
    return [
        Person(person["id"], servers[who % len(servers)].ws_url, {"Authorization": f"Token {person['token']}"})
        for who, person in enumerate(people)
    ]


class Textbook(Side):
    """bench/textbook by plain daphne, with a database connection per event, as Django's default is."""

    name = "textbook"
    base = "textbook_base"
    room = "everyone"
    persistent = "0"

    def prepare(self) -> None:
        self._ids = json.loads(self.run("-m", "bench.textbook.prepare", str(PEOPLE)))

    def environment(self, database: str) -> dict[str, str]:
        return super().environment(database) | {
            "DJANGO_SETTINGS_MODULE": "bench.textbook.settings",
            "TEXTBOOK_PERSISTENT": self.persistent,
        }

    def server(self, place: int, environment: dict[str, str]) -> Program:
        return DaphneServer(environment, self.log(place))

    def people(self, servers: list[Program], work: str) -> list[Person]:
        query = f"&room={self.room}" if work == "w2" else ""
        return [
            Person(user, f"{servers[who % len(servers)].ws_url}?user={user}{query}")
            for who, user in enumerate(self._ids)
        ]


class TextbookPersistent(Textbook):
    """The same, with persistent database connections."""

    name = "textbook-persistent"
    base = "textbook_persistent_base"
    persistent = "1"


class Echo(Side):
    """No side of the comparison: what the generator can do at most."""

    name = room = "echo"

    def server(self, place: int, environment: dict[str, str]) -> Program:
        return EchoServer(self.log(place))

    def people(self, servers: list[Program], work: str) -> list[Person]:
        return [Person(user, f"{servers[0].ws_url}?user={user}") for user in range(1, PEOPLE + 1)]


SIDES = {
    "ours": [Ours],
    "textbook": [Textbook, TextbookPersistent],
    "both": [Ours, Textbook, TextbookPersistent],
    "client": [Ours, OursByClient],
    "echo": [Echo],
}
