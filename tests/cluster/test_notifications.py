"""Notifications over three real nodes and real workers, which are killed in the middle."""

import asyncio
import json
import os
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from websockets.asyncio.client import connect

from imsite.localservers import Node, Postgres, Redis, Worker, free_port

ROOT = Path(__file__).resolve().parents[2]
CROWD = 8_000
PATIENCE = 60  # seconds
OPTIONS = {"compression": None, "proxy": None, "open_timeout": 20, "close_timeout": 1}

PEOPLE = """
    INSERT INTO messages_store_user (password, is_superuser, username, first_name, last_name, email, is_staff,
      is_active, date_joined, kind, display_name)
    SELECT '', false, 'crowd' || n, '', '', '', false, true, now(), 'user', '' FROM generate_series(1, %s) n"""
NOT_ONCE = """
    SELECT u.id, count(d.id) FROM messages_store_user u
    LEFT JOIN messages_store_delivery d ON d.recipient_id = u.id AND d.message_id = %s
    WHERE u.is_active AND u.kind <> 'service' GROUP BY u.id HAVING count(d.id) <> 1"""
HOLES = """
    SELECT i.user_id, i.last_seq, count(d.seq), max(d.seq) FROM messages_store_inbox i
    LEFT JOIN messages_store_delivery d ON d.recipient_id = i.user_id GROUP BY i.user_id, i.last_seq
    HAVING count(d.seq) <> i.last_seq OR coalesce(max(d.seq), 0) <> i.last_seq"""
PROGRESS = "SELECT done, total, finished_at IS NOT NULL FROM messages_store_notification WHERE message_id = %s"


@pytest.fixture(scope="module")
def logs(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("logs")


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    with Postgres(durable=False) as postgres, Redis() as redis:
        yield {
            "DATABASE_URL": postgres.url(),
            "REDIS_URL": redis.url,
            "SECRET_KEY": secrets.token_urlsafe(50),
            "ALLOWED_HOSTS": "127.0.0.1",
            "HTTPS": "false",
            "IM_WORK_SECONDS": "0.05",
            "IM_HEADS_SECONDS": "3600",  # what arrives here, was rung
        }


def manage(environment: dict[str, str], *command: str) -> str:
    run = [sys.executable, "manage.py", *command]
    return subprocess.run(
        run, cwd=ROOT, env=os.environ | environment, check=True, timeout=PATIENCE, capture_output=True, text=True
    ).stdout


@pytest.fixture(scope="module")
def tokens(environment, logs) -> dict[str, dict]:
    """{username: {"id", "token"}}; beside them there is a crowd without tokens and without inboxes."""
    path = logs / "tokens.json"
    manage(environment, "migrate", "--verbosity=0")
    manage(environment, "demo", f"--tokens={path}")
    with psycopg.connect(environment["DATABASE_URL"]) as connection:
        connection.execute(PEOPLE, [CROWD])
    return json.loads(path.read_text())


@pytest.fixture(scope="module")
def nodes(environment, tokens, logs) -> Iterator[list[Node]]:
    started = [Node(free_port(), environment | {"NODE_NAME": name}, logs / name).start() for name in "abc"]
    try:
        yield [node.wait_ready() for node in started]
    finally:
        for node in started:
            node.terminate()
        for node in started:
            node.stop()


@pytest.fixture
def start_worker(environment, tokens, logs) -> Iterator[Callable[..., Worker]]:
    workers = []

    def start(name: str) -> Worker:
        workers.append(Worker(environment | {"NODE_NAME": name}, logs / name))
        return workers[-1].start().wait_ready()

    yield start
    for worker in workers:
        worker.stop()
    logged = "".join(worker.log_path.read_text() for worker in workers)
    assert "Traceback" not in logged, logged


def post(node: Node, account: dict, body: dict, key: str = "") -> tuple[int, dict]:
    headers = {"Authorization": f"Token {account['token']}", "Content-Type": "application/json"}
    headers |= {"Idempotency-Key": key} if key else {}
    request = urllib.request.Request(f"{node.url}/api/v1/notifications", json.dumps(body).encode(), headers)  # noqa: S310
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
        return answer.status, json.load(answer)


class Following:
    """How far a notification has come, asked past the application."""

    def __init__(self, url: str, notification: int):
        self._connection = psycopg.connect(url, autocommit=True)
        self._id = notification

    def _ask(self, query: str, *parameters) -> list[tuple]:
        return self._connection.execute(query, parameters).fetchall()

    @property
    def done(self) -> int:
        return self._ask(PROGRESS, self._id)[0][0]

    @property
    def is_finished(self) -> bool:
        return self._ask(PROGRESS, self._id)[0][2]

    def wait(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, f"{self.done} only"
            time.sleep(0.005)

    def check(self) -> None:
        """Everybody has it once, and no inbox has a hole."""
        self.wait(lambda: self.is_finished)
        assert self._ask(NOT_ONCE, self._id) == []
        assert self._ask(HOLES) == []
        done, total, _finished = self._ask(PROGRESS, self._id)[0]
        assert done == total >= CROWD
        self._connection.close()


@pytest.fixture
def to_everyone(environment, tokens, nodes):
    """Notify everyone by REST: to_everyone("title")."""

    def send(title: str) -> Following:
        status, body = post(nodes[0], tokens["admin"], {"everyone": True, "title": title})
        assert status == 202
        return Following(environment["DATABASE_URL"], body["id"])

    return send


def test_workers_are_killed_in_the_middle(start_worker, to_everyone):
    """`kill -9`, three times: nobody is left out, and nobody gets it twice."""
    following = to_everyone("killed")
    for turn in range(1, 4):
        worker = start_worker(f"killed-{turn}")
        following.wait(lambda enough=turn * 1_000: following.done >= enough)
        worker.kill()
        assert not following.is_finished
    start_worker("survivor")
    following.check()


def test_a_worker_is_killed_beside_another(start_worker, to_everyone):
    following = [to_everyone("one"), to_everyone("two")]
    victim, _other = start_worker("victim"), start_worker("other")
    following[0].wait(lambda: following[0].done + following[1].done >= 3_000)
    victim.kill()
    for one in following:
        one.check()


def test_a_stopped_worker_finishes_its_step_and_ends_well(start_worker, to_everyone):
    following = to_everyone("stopped")
    worker = start_worker("stopped")
    following.wait(lambda: following.done >= 1_000)
    process = worker.process
    worker.terminate()
    assert process.wait(timeout=PATIENCE) == 0
    assert following.done % 1_000 == 0
    assert not following.is_finished
    start_worker("next")
    following.check()


def test_ten_requests_to_three_nodes_with_one_key_are_one(environment, nodes, tokens):
    for turn in range(5):
        body = {"users": ["alice", "bob"], "title": f"turn {turn}"}
        with ThreadPoolExecutor(10) as threads:
            requests = [threads.submit(post, nodes[n % 3], tokens["admin"], body, key=f"key-{turn}") for n in range(10)]
            answers = [request.result() for request in requests]
        assert {status for status, _body in answers} == {201}
        assert all(body == answers[0][1] for _status, body in answers)
        with psycopg.connect(environment["DATABASE_URL"]) as connection:
            query = "SELECT count(*) FROM messages_store_delivery WHERE message_id = %s"
            assert connection.execute(query, [answers[0][1]["id"]]).fetchone() == (2,)


async def hello(node: Node, account: dict):
    socket = await connect(node.ws_url, additional_headers={"Authorization": f"Token {account['token']}"}, **OPTIONS)
    await socket.send(json.dumps({"type": "hello", "device": {"id": "d", "kind": "bot"}}))
    welcome = json.loads(await socket.recv())
    return socket, welcome


async def hear(socket, title: str) -> float:
    """When this notification came; those before it are passed over."""
    async with asyncio.timeout(PATIENCE):
        while True:
            frame = json.loads(await socket.recv())
            if "seq" in frame:
                await socket.send(json.dumps({"type": "ack", "seq": frame["seq"]}))
            if frame["type"] == "message" and (frame["message"]["data"] or {}).get("title") == title:
                return time.monotonic()


async def test_it_is_heard_on_every_node_within_a_second(nodes, tokens):
    sockets = [(await hello(node, tokens["alice"]))[0] for node in nodes]
    sent_at = time.monotonic()
    await asyncio.to_thread(post, nodes[0], tokens["admin"], {"users": ["alice"], "title": "by REST"})
    assert max([await hear(socket, "by REST") for socket in sockets]) - sent_at < 1
    for socket in sockets:
        await socket.close()


async def test_what_a_command_and_a_worker_send_is_rung_too(environment, nodes, tokens, start_worker):
    """Neither is a node. Nobody looks at the heads here."""
    socket, _welcome = await hello(nodes[1], tokens["bob"])
    told = await asyncio.to_thread(manage, environment, "notify", "--to=bob", "--title=by a command")
    assert "1 of 1" in told
    await hear(socket, "by a command")
    start_worker("ringing")
    told = await asyncio.to_thread(manage, environment, "notify", "--everyone", "--title=by a worker")
    assert "A worker delivers the rest" in told
    await hear(socket, "by a worker")
    await socket.close()
