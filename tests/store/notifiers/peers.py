"""Other people's servers, on this machine: they keep what they are sent and answer what the test says."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import trustme

from messages_store.notifiers.base import Outgoing

Answer = tuple[int, dict[str, str], bytes]


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: dict[str, str]  # by names in small letters
    body: bytes


class HttpPeer:
    """A web server. `answer(asked)` is what it says; `asked` is everything that came."""

    def __init__(self, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1", port: int = 0):
        self.asked: list[Asked] = []
        self.answer: Callable[[Asked], Answer] = lambda asked: (200, {}, b"{}")
        peer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(self.command, self.path, headers, body)
                peer.asked.append(asked)
                status, headers, body = peer.answer(asked)
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                with contextlib.suppress(OSError):  # who asked may have heard enough
                    self.wfile.write(body)

            do_GET = do_POST

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                """Who asked may refuse our certificate."""

        self._server = Server((host, port), Handler)
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self._server.server_port
        self.url = f"{'https' if tls else 'http'}://localhost:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> "HttpPeer":
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextlib.contextmanager
def listener(serve: Callable[[socket.socket, threading.Event], None]) -> Iterator[int]:
    """The port of a server that does `serve(connection, over)` with each connection, until the test is over."""
    over = threading.Event()
    server = socket.create_server(("127.0.0.1", 0))
    threads = []

    def accept():
        with contextlib.suppress(OSError):
            while True:
                connection = server.accept()[0]
                threads.append(threading.Thread(target=one, args=(connection,)))
                threads[-1].start()

    def one(connection):
        with connection, contextlib.suppress(OSError):
            serve(connection, over)

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield server.getsockname()[1]
    finally:
        over.set()
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        for thread in [accepting, *threads]:
            thread.join()


def silent(connection: socket.socket, over: threading.Event) -> None:
    """Takes everything and says nothing."""
    over.wait()


def trickling(connection: socket.socket, over: threading.Event) -> None:
    """Begins an answer, and goes on with it for ever: a byte at a time, each sooner than a timeout of reading."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while not over.wait(0.02):
        connection.sendall(b"x")


def certified(authority: trustme.CA, name: str = "localhost") -> ssl.SSLContext:
    """For a server that shows this authority's certificate for that name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def outgoing(user=None, **fields) -> Outgoing:
    """Three messages wait for Bob in two conversations, and an urgent notification."""
    plain = {
        "id": "r-17",
        "user_id": getattr(user, "pk", 2),
        "name": "Bob",
        "email": "bob@example.com",
        "language": "en",
        "time_zone": "Asia/Shanghai",
        "messages": 3,
        "conversations": 2,
        "notifications": {"urgent": 1},
        "titles": ("Order 17", "Lunch", "Alice"),
        "url": "https://chat.example.com/",
        "unsubscribe_url": "https://chat.example.com/unsubscribe/signed",
        "oldest": datetime(2026, 11, 21, 18, 30, tzinfo=UTC),
        "number": 1,
    }
    return Outgoing(**plain | fields)
