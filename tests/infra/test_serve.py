"""What only a real node shows: pongs, addresses, and what its log keeps to itself."""

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from websockets.sync.client import connect

from imsite.localservers import Node, free_port
from imsite.localservers.node import UVICORN

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def environment(tmp_path_factory) -> dict[str, str]:
    directory = tmp_path_factory.mktemp("serve")
    return {
        "DATABASE_URL": f"sqlite:///{directory}/node.sqlite3",
        "REDIS_URL": "",
        "HTTPS": "false",
        "ALLOWED_HOSTS": "127.0.0.1",
        "LOG_LEVEL": "DEBUG",
        "LOG_FORMAT": "json",
        "IM_PING_SECONDS": "1",
        "IM_IDLE_SECONDS": "3",
        "IM_HEADS_SECONDS": "0.5",
    }


@pytest.fixture(scope="module")
def token(environment, tmp_path_factory) -> str:
    """A user's key."""
    tokens = tmp_path_factory.mktemp("people") / "tokens.json"
    for command in (["migrate", "--verbosity", "0"], ["demo", "--tokens", str(tokens)]):
        subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, env=os.environ | environment, check=True,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
    return json.loads(tokens.read_text())["alice"]["token"]


@pytest.fixture(scope="module")
def node(environment, token, tmp_path_factory):
    with Node(free_port(), environment, tmp_path_factory.mktemp("log") / "node.log") as running:
        yield running


def ask(node, method: str, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", node.port, timeout=10)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


def pinged(client) -> dict:
    client.send('{"type":"ping","t":1}')
    return json.loads(client.recv(timeout=5))


def test_a_client_that_says_nothing_but_answers_pings_stays(node, token):
    with connect(node.ws_url, additional_headers={"Authorization": f"Token {token}"}, ping_interval=None) as client:
        client.send('{"type":"hello"}')
        assert json.loads(client.recv(timeout=5))["type"] == "welcome"
        time.sleep(5)  # longer than IM_IDLE_SECONDS
        while (frame := pinged(client))["type"] != "pong":
            assert frame["type"] != "bye", frame


def test_a_client_that_answers_no_ping_is_gone(node, token):
    with socket.create_connection(("127.0.0.1", node.port), timeout=20) as dead:
        dead.sendall(
            f"GET /ws/v1/ HTTP/1.1\r\nHost: 127.0.0.1:{node.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            f"Authorization: Token {token}\r\n\r\n".encode()
        )
        hello = b'{"type":"hello"}'
        dead.sendall(bytes((0x81, 0x80 | len(hello), 0, 0, 0, 0)) + hello)
        began = time.monotonic()
        with contextlib.suppress(ConnectionResetError):
            while dead.recv(65_536):
                pass
        assert 1 < time.monotonic() - began < 10


def test_a_ticket_opens_a_socket_and_is_in_no_log(node, token):
    status, body = ask(node, "POST", "/api/v1/tickets", {"Authorization": f"Token {token}"})
    assert status == 201
    ticket = json.loads(body)["ticket"]
    with connect(f"{node.ws_url}?ticket={ticket}") as client:
        client.send('{"type":"hello"}')
        assert json.loads(client.recv(timeout=5))["type"] == "welcome"
    log = node.log_path.read_text()
    assert ticket not in log
    assert token not in log


def test_metrics_are_for_the_machine_itself(node):
    status, body = ask(node, "GET", "/metrics", {})
    assert status == 200
    assert b"imsite_messages_stored_total" in body
    assert b"process_resident_memory_bytes" in body
    assert ask(node, "GET", "/metrics", {"X-Forwarded-For": "203.0.113.5"})[0] == 403


def test_the_readme_runs_uvicorn_as_the_tests_do():
    readme = (ROOT / "README.md").read_text().replace("\\\n    ", "").replace("0.0.0.0", "127.0.0.1")  # noqa: S104
    assert " ".join(UVICORN).format(port=8000) in readme
