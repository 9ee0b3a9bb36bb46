"""One node with a scene on it, where it stays one moment for ever and what a visit changed can be taken back."""

import json
import secrets
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from imsite.localservers import Node, free_port

from ..programs import run
from . import chinese, english
from .shapes import Scene

ROOT = Path(__file__).resolve().parents[3]
SCENES = {scene.language: scene for scene in (english.SCENE, chinese.SCENE)}
# What the cluster's page says. The first is the node that runs, whatever port was free; the others are rows.
NODES = {"chat-1": "10.20.0.11:8000", "chat-2": "10.20.0.12:8000", "chat-3": "10.20.0.13:8000"}
STILL = 0.3  # s without a write, which is more than a lot is gathered for
NODE = next(iter(NODES))


class Site:
    """Where it is (`url`), its scene, and what the scene's making told: sessions, places, messages."""

    def __init__(self, scene: Scene, node: Node, database: Path, told: dict):
        self.scene = scene
        self.url = node.url
        self.sessions: dict[str, str] = told["sessions"]
        self.places: dict[str, int] = told["places"]
        self.messages: dict[str, int] = told["messages"]
        self._database = database
        self._saved = database.with_suffix(".saved")
        self._change("UPDATE chat_node SET address = ? WHERE name = ?", NODES[NODE], NODE)
        with self._open(self._database) as now, self._open(self._saved) as saved:
            now.backup(saved)

    def restore(self) -> None:
        """As before the last visit, once that has ended: nothing of it is written any more."""
        self._wait_until_alone()
        self._wait_until_still()
        with self._open(self._database) as now, self._open(self._saved) as saved:
            saved.backup(now)

    def replace(self) -> None:
        """All connections of this node end, as if each of their people had come in elsewhere."""
        self._change(f"UPDATE chat_connection SET ending = 4503 {ON_THIS_NODE}", NODE)  # noqa: S608

    def _wait_until_alone(self) -> None:
        end = time.monotonic() + 15
        while True:
            with self._open(self._database) as database:
                (left,) = database.execute(f"SELECT count(*) FROM chat_connection {ON_THIS_NODE}", [NODE]).fetchone()  # noqa: S608
            if not left:
                return
            if time.monotonic() > end:
                raise TimeoutError(f"{left} connections are still there")
            time.sleep(0.02)  # until the node has written that they are gone

    def _wait_until_still(self) -> None:
        """What a visit has read is written in gathered lots, the last one after its connection is gone."""
        with self._open(self._database) as database:
            before, now = None, database.execute("PRAGMA data_version").fetchone()
            while now != before:
                time.sleep(STILL)
                before, now = now, database.execute("PRAGMA data_version").fetchone()

    def _change(self, statement: str, *parameters) -> None:
        with self._open(self._database) as database, database:
            database.execute(statement, parameters)

    @staticmethod
    def _open(path: Path) -> closing[sqlite3.Connection]:
        return closing(sqlite3.connect(path, timeout=15))


ON_THIS_NODE = "WHERE node_id = (SELECT id FROM chat_node WHERE name = ?)"


@contextmanager
def site(language: str) -> Iterator[Site]:
    """A site that speaks "en" or "zh", in a directory of its own."""
    scene = SCENES[language]
    with tempfile.TemporaryDirectory() as directory:
        database = Path(directory) / "imsite.sqlite3"
        environment = settings(database)
        run(environment, "manage.py", "migrate", "--verbosity=0")
        told = json.loads(run(environment, "-m", "tests.web.scenes.make", language))
        clock = ("-m", "tests.web.scenes.stopped_clock", scene.moment(scene.now).isoformat())
        program = (*clock, "serve", "--bind", "127.0.0.1", "--port", "{port}")
        with Node(free_port(), environment, Path(directory) / "node.log", program=program) as node:
            yield Site(scene, node, database, told)


def settings(database: Path) -> dict[str, str]:
    """A site that has all there is to show: sign-up, mails, reminders."""
    return {
        "DATABASE_URL": f"sqlite:///{database}",
        "REDIS_URL": "",
        "ATTACHMENTS_DIR": str(database.parent / "attachments"),
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": "127.0.0.1",
        "NODE_NAME": NODE,
        "IM_TRUSTED_PROXIES": "127.0.0.1",  # so that a visit tells where it comes from
        "IM_SIGN_UP": "true",
        "IM_NOTIFIERS": "email,webpush",
        "IM_EMAIL_URL": "smtp://127.0.0.1:9",  # nobody is mailed: no worker runs
        "IM_EMAIL_FROM": "chat@example.com",
        "IM_PUBLIC_URL": "https://chat.example.com",
        "IM_WEBPUSH_KEY": secrets.token_urlsafe(32),
        "IM_WEBPUSH_CONTACT": "mailto:admin@example.com",
        "DEBUG": "false",
        "HTTPS": "false",
    }
