"""docker/nginx.conf in a real nginx, before two small servers in the place of nodes."""

import collections
import contextlib
import http.client
import json
import threading

import pytest
from websockets.sync.client import connect
from websockets.sync.server import Server, serve

from imsite.localservers import free_port
from imsite.localservers.nginx import Nginx


def get(nginx: Nginx, path: str, headers: dict[str, str] | None = None, body: bytes | None = None):
    """Status and, of a 200, what the node was asked."""
    connection = http.client.HTTPConnection("127.0.0.1", nginx.port, timeout=10)
    connection.request("POST" if body else "GET", path, body, headers or {})
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response.status, json.loads(content) if response.status == 200 else None


def echo_node(port: int, *, stopping: bool = False) -> Server:
    """A node that tells how it was asked, and sends back what a socket says. One that is stopping takes no sockets."""

    def answer(connection, request):
        if "Upgrade" in request.headers:
            return connection.respond(503, "") if stopping else None
        if request.path == "/busy":
            return connection.respond(503, str(port))
        asked = {"port": port, "path": request.path, "headers": dict(request.headers.raw_items())}
        return connection.respond(200, json.dumps(asked))

    def echo(connection):
        for frame in connection:
            connection.send(f"{port} {frame}")

    server = serve(echo, "127.0.0.1", port, process_request=answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@contextlib.contextmanager
def sockets(nginx: Nginx, count: int):
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(connect(f"ws://127.0.0.1:{nginx.port}/ws/v1/")) for _ in range(count)]


def who(opened: list) -> collections.Counter:
    """Which node holds how many of them."""
    for socket in opened:
        socket.send("hello")
    return collections.Counter(socket.recv(timeout=5).split()[0] for socket in opened)


@pytest.fixture
def node_ports():
    return [free_port(), free_port(), free_port()]


@pytest.fixture
def nginx(tmp_path, node_ports):
    servers = [echo_node(port) for port in node_ports[:2]]  # nobody is at the third
    with Nginx(tmp_path, node_ports) as program:
        yield program
    for server in servers:
        server.shutdown()


def test_what_a_client_claims_about_itself_is_overwritten(nginx):
    lies = {
        "Host": "chat.example.com:8443",
        "Daphne-Root-Path": "/admin",
        "X-Forwarded-For": "10.0.0.1",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
        "Forwarded": "for=10.0.0.1",
    }
    status, asked = get(nginx, "/any?x=1", lies)
    believed = {name.lower(): value for name, value in asked["headers"].items()}
    assert status == 200
    assert asked["path"] == "/any?x=1"
    assert believed["host"] == "chat.example.com:8443"
    assert believed["x-forwarded-for"] == "127.0.0.1"
    assert believed["x-forwarded-proto"] == "http"
    assert believed.keys() & {"daphne-root-path", "x-forwarded-host", "forwarded"} == set()


def test_a_dead_node_costs_nobody_a_request(nginx):
    assert [get(nginx, "/")[0] for _ in range(12)] == [200] * 12


def test_sockets_pass_and_are_spread_evenly_also_to_a_node_that_came_back(nginx, node_ports):
    with sockets(nginx, 10) as early:
        assert sorted(who(early).values()) == [5, 5]
        back = echo_node(node_ports[2])
        with sockets(nginx, 5) as late:
            assert who(late) == {str(node_ports[2]): 5}, "the node with the fewest sockets is asked first"
        back.shutdown()


def test_a_large_body_never_reaches_a_node(nginx):
    assert get(nginx, "/", body=b"x" * 1_100_000)[0] == 413


def test_the_metrics_are_not_for_the_public(nginx):
    assert [get(nginx, path)[0] for path in ("/metrics", "/metrics?x=1", "//metrics", "/a/../metrics")] == [404] * 4


def test_the_log_keeps_no_tickets(nginx, tmp_path):
    get(nginx, "/ws/v1/?ticket=secret")
    nginx.stop()
    log = (tmp_path / "access.log").read_text()
    assert '"GET /ws/v1/" 200' in log
    assert "secret" not in log


def test_the_socket_that_a_stopping_node_refuses_is_taken_by_another(tmp_path, node_ports):
    servers = [echo_node(node_ports[0]), echo_node(node_ports[1], stopping=True)]
    with Nginx(tmp_path, node_ports) as nginx, sockets(nginx, 6) as opened:
        assert who(opened) == {str(node_ports[0]): 6}
    for server in servers:
        server.shutdown()


def test_an_ordinary_503_is_the_clients(nginx, tmp_path):
    """Where the store is away, it is away for all nodes: they are not asked one after the other."""
    assert get(nginx, "/busy")[0] == 503
    nginx.stop()
    (line,) = [line for line in (tmp_path / "access.log").read_text().splitlines() if "/busy" in line]
    assert line.count("127.0.0.1:") <= 2, "the node that answered, and at most the one that nobody is at"
