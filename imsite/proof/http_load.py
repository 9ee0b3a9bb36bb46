"""Programs that use REST while things break, and remember every request that failed.

A connection that is refused is no failure: nothing was asked, and the next node is, as a balancer would do. A request
that was sent must be answered, and well.
"""

import asyncio
import contextlib
import http.client
import select
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle
from random import uniform
from typing import Self

from .people import Account

REQUESTS = (("GET", "/api/v1/me"), ("POST", "/api/v1/tickets"), ("GET", "/api/v1/conversations"))
PATIENCE = 20  # seconds


@dataclass(slots=True)
class Tally:
    """What became of the requests. `slowest` in seconds."""

    answered: int = 0
    refused: int = 0  # connections
    last_answers: int = 0  # that said `Connection: close` to a client which would have stayed
    slowest: float = 0
    failures: list[str] = field(default_factory=list)

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.answered + other.answered,
            self.refused + other.refused,
            self.last_answers + other.last_answers,
            max(self.slowest, other.slowest),
            self.failures + other.failures,
        )


class Caller:
    """One program: `pause` seconds from one request to the next, on average. `ports` are tried in turn."""

    def __init__(self, account: Account, ports: Sequence[int], *, keep_alive: bool, pause: float):
        self.tally = Tally()
        self._headers = {"Authorization": f"Token {account.token}"}
        if not keep_alive:
            self._headers["Connection"] = "close"
        self._keep_alive = keep_alive
        self._ports = cycle(ports)
        self._pause = pause
        self._connection: http.client.HTTPConnection | None = None

    def call(self, stop: threading.Event) -> None:
        """One request after the other, until then."""
        for method, path in cycle(REQUESTS):
            if stop.wait(uniform(0, 2 * self._pause)):
                break
            began = time.monotonic()
            self._ask(method, path)
            self.tally.slowest = max(self.tally.slowest, time.monotonic() - began)
        self._hang_up()

    def _ask(self, method: str, path: str) -> None:
        connection = self._connected()
        try:
            connection.request(method, path, headers=self._headers)
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._failed(f"{method} {path} on port {connection.port}: {error!r}")
            self._hang_up()
            return
        if answer.status in (200, 201):
            self.tally.answered += 1
        else:
            self._failed(f"{method} {path} on port {connection.port}: {answer.status}")
        self.tally.last_answers += self._keep_alive and answer.will_close
        if answer.will_close:
            self._hang_up()

    def _failed(self, what: str) -> None:
        self.tally.failures.append(f"{time.strftime('%H:%M:%S')} {what}")

    def _connected(self) -> http.client.HTTPConnection:
        """The connection that there is, unless the server has ended it; else a new one."""
        if self._connection is not None and _has_ended(self._connection):
            self._hang_up()
        deadline = time.monotonic() + PATIENCE
        while self._connection is None:
            connection = http.client.HTTPConnection("127.0.0.1", next(self._ports), timeout=PATIENCE)
            try:
                connection.connect()
                self._connection = connection
            except ConnectionRefusedError:
                self.tally.refused += 1
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
        return self._connection

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _has_ended(connection: http.client.HTTPConnection) -> bool:
    """Whether there is something to read though nothing was asked: the end. Every client looks before it asks."""
    waiting = select.poll()
    waiting.register(connection.sock, select.POLLIN)
    return bool(waiting.poll(0))


class HttpLoad:
    """`async with HttpLoad(callers) as load:` they call while it lasts; `load.tally` is of all of them."""

    def __init__(self, callers: Sequence[Caller]):
        self._callers = callers
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=caller.call, args=[self._stop], daemon=True) for caller in callers]

    @classmethod
    def of(cls, accounts: Sequence[Account], ports: Sequence[int]) -> Self:
        """Each kind of caller, in turn: often on one connection, now and then on one, on a fresh one each time.

        None is silent for a second: the connections of those a leaving node may close, whatever comes at that moment.
        """
        kinds = ((True, 0.03), (True, 0.4), (False, 0.03))
        callers = []
        for n, account in enumerate(accounts):
            keep_alive, pause = kinds[n % len(kinds)]
            first = n % len(ports)
            callers.append(Caller(account, [*ports[first:], *ports[:first]], keep_alive=keep_alive, pause=pause))
        return cls(callers)

    @property
    def tally(self) -> Tally:
        return sum((caller.tally for caller in self._callers), Tally())

    async def __aenter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._stop.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                for thread in self._threads:
                    await asyncio.to_thread(thread.join)
