"""Files through a real node: it keeps no more of them in memory than a piece for each client."""

import asyncio
import http.client
import json
import socket
from pathlib import Path

import psutil
import pytest

from imsite.localservers import Node

from .real_nodes import PATIENCE

MEGABYTE = 1_048_576
PART = 524_288
SIZE = 24 * MEGABYTE


def memory(node: Node) -> int:
    return sum(psutil.Process(pid).memory_info().rss for pid in node.pids())


def call(node: Node, user, method: str, path: str, body: bytes, kind: str) -> dict:
    asked = http.client.HTTPConnection("127.0.0.1", node.port, timeout=PATIENCE)
    try:
        headers = {"Authorization": f"Token {user.key}", "Content-Type": kind}
        asked.request(method, f"/api/v1/{path}", body, headers)
        response = asked.getresponse()
        answer = json.loads(response.read())
        assert response.status < 300, answer
        return answer
    finally:
        asked.close()


def upload(node: Node, user, size: int) -> int:
    """A file of so many bytes, no two parts alike; its id."""
    begun = call(node, user, "POST", "uploads", json.dumps({"name": "x", "size": size}).encode(), "application/json")
    for offset in range(0, size, PART):
        path = f"uploads/{begun['id']}?offset={offset}"
        call(node, user, "PATCH", path, part(offset), "application/octet-stream")
    return begun["id"]


def part(offset: int) -> bytes:
    return bytes([0, offset // PART]) * (PART // 2)


def download(node: Node, user, attachment: int) -> socket.socket:
    """The request is sent; what is read of the answer is the test's business. The buffers are small."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8_192)
    client.settimeout(PATIENCE)
    client.connect(("127.0.0.1", node.port))
    path, key = f"/api/v1/attachments/{attachment}", user.key
    client.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Token {key}\r\n\r\n".encode())
    return client


@pytest.fixture
def node(serve, tmp_path: Path):
    return serve(ATTACHMENTS_DIR=str(tmp_path / "attachments"))


async def test_a_large_file_goes_in_and_out_and_is_never_in_memory(alice, node):
    await asyncio.to_thread(upload, node, alice, MEGABYTE)
    before = memory(node)
    id = await asyncio.to_thread(upload, node, alice, SIZE)
    client = await asyncio.to_thread(download, node, alice, id)
    grown = []

    def read() -> None:
        with client, http.client.HTTPResponse(client) as answer:
            answer.begin()
            for offset in range(0, SIZE, PART):
                assert answer.read(PART) == part(offset)
                grown.append(memory(node) - before)

    await asyncio.to_thread(read)
    assert max(grown) < 12 * MEGABYTE


async def test_who_asks_for_files_and_never_reads_is_cut_off(alice, node):
    id = await asyncio.to_thread(upload, node, alice, SIZE)
    before = memory(node)
    clients = [await asyncio.to_thread(download, node, alice, id) for _ in range(5)]
    grown, ports = 0, {client.getsockname()[1] for client in clients}
    async with asyncio.timeout(PATIENCE):
        while ports & peers(node):
            grown = max(grown, memory(node) - before)
            await asyncio.sleep(0.02)
    for client in clients:
        client.close()
    assert grown < 16 * MEGABYTE


def peers(node: Node) -> set[int]:
    connections = psutil.Process(node.process.pid).net_connections("tcp")
    return {found.raddr.port for found in connections if found.raddr and found.laddr.port == node.port}
