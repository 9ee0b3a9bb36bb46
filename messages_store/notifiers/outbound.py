"""Calls to servers that are not ours: bounded in time and size, never redirected, never led into our own network."""

import contextlib
import http.client
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from .base import NotifyError

LARGEST_ANSWER = 65_536  # bytes
LONGEST_WAIT = 86_400  # seconds that another side may tell us to stay away
NAT64 = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Also all that pywebpush wants to see of an answer."""

    status_code: int
    reason: str
    headers: Mapping[str, str]
    text: str

    @property
    def ok(self) -> bool:
        return 200 <= self.status_code < 300

    @property
    def error(self) -> NotifyError:
        """Why an answer that is not `ok` is a failure. What it says is not ours to repeat: only its status."""
        redirected = "; redirects are not followed" if 300 <= self.status_code < 400 else ""
        return NotifyError(
            f"answered {self.status_code} {self.reason}{redirected}", retry_after=retry_after(self.headers)
        )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds of a Retry-After header, which says seconds or a date."""
    text = headers.get("Retry-After") or ""
    try:
        seconds = float(text) if text.isdecimal() else _until(text)
    except ValueError:
        return None
    return min(max(seconds, 0.0), LONGEST_WAIT)


def _until(date: str) -> float:
    moment = parsedate_to_datetime(date)
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds()


def time_for_one() -> float:
    """Seconds for one reminder: a little less than its worker waits, so that it hears why."""
    return 0.9 * settings.IM_NOTIFY_SECONDS


class Outbound:
    """A client for POST. `private`: addresses that are not public may be called, and http without TLS.

    A name is looked up once, and the connection goes to the address that was checked: a name that means another address
    a moment later leads nowhere. (The lookup itself takes as long as the machine's resolver lets it.) Certificates are
    checked against the system's (SSL_CERT_FILE). Proxies of the environment are not used: what is behind one could not
    be checked.
    """

    def __init__(self, *, private: bool = False, resolve: Callable = socket.getaddrinfo):
        self._private = private
        self._resolve = resolve
        self._tls = ssl.create_default_context()

    def post(
        self,
        url: str,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Answer:
        """The answer, whatever its status. NotifyError where there is none within `timeout` seconds."""
        seconds = timeout or time_for_one()
        parts = self._parts(url)
        with Deadline(seconds) as deadline:
            try:
                answer = self._exchange(parts, data, headers or {}, deadline)
            except ssl.SSLCertVerificationError as error:
                raise NotifyError(f"{parts.hostname}: the certificate is not good: {error.verify_message}") from error
            except (OSError, http.client.HTTPException) as error:
                why = f"no answer within {seconds:g} s" if deadline.over else (str(error) or type(error).__name__)
                raise NotifyError(f"{parts.hostname}: {why}") from error
            if deadline.over:
                raise NotifyError(f"{parts.hostname}: no answer within {seconds:g} s")
        return answer

    def _parts(self, url: str) -> SplitResult:
        try:
            parts = urlsplit(url)
            usable = parts.hostname and parts.port != 0 and parts.hostname.encode("idna")
        except ValueError:
            usable = False
        if not usable:
            raise NotifyError("the address is none", permanent=True)
        if parts.scheme not in (("https", "http") if self._private else ("https",)):
            raise NotifyError("only https is allowed", permanent=True)
        return parts

    def _exchange(self, parts: SplitResult, data, headers, deadline: "Deadline") -> Answer:
        target = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
        with contextlib.closing(self._connection(parts, deadline)) as connection:
            connection.request("POST", target, data or b"", {"User-Agent": "imsite", **headers})
            response = connection.getresponse()
            text = response.read(LARGEST_ANSWER).decode(errors="replace")
        return Answer(response.status, response.reason, response.headers, text)

    def _connection(self, parts: SplitResult, deadline: "Deadline") -> http.client.HTTPConnection:
        """Connected already, so that http.client looks up nothing by itself."""
        https = parts.scheme == "https"
        host = parts.hostname.encode("idna").decode()
        port = parts.port or (443 if https else 80)
        connection = (http.client.HTTPSConnection if https else http.client.HTTPConnection)(host, port)
        plain = deadline.watch(self._open(host, port, deadline))
        try:
            connection.sock = self._tls.wrap_socket(plain, server_hostname=host) if https else plain
        except BaseException:
            plain.close()
            raise
        return connection

    def _open(self, host: str, port: int, deadline: "Deadline") -> socket.socket:
        error: OSError | None = None
        for family, kind, protocol, address in self._checked(host, port):
            plain = socket.socket(family, kind, protocol)
            try:
                plain.settimeout(deadline.left())
                plain.connect(address)
            except OSError as failed:
                plain.close()
                error = failed
            else:
                return plain
        raise error

    def _checked(self, host: str, port: int) -> Iterator[tuple]:
        """Where a host may be called, as arguments for a socket."""
        found = [(*info[:3], info[4]) for info in self._resolve(host, port, type=socket.SOCK_STREAM)]
        allowed = [info for info in found if self._private or is_public(info[3][0])]
        if not allowed:
            raise NotifyError(f"{host} has no public address")
        return iter(allowed)


def is_public(text: str) -> bool:
    """Whether an address belongs to the whole internet: not to this machine, a private network, or a cloud's inside."""
    address = ip_address(text.partition("%")[0])
    meant = _embedded(address) or address
    apart = meant.is_multicast or meant.is_reserved or (meant.version == 6 and meant.is_site_local)
    return meant.is_global and not apart


def _embedded(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address is only another way to write."""
    if isinstance(address, IPv4Address):
        return None
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


class Deadline:
    """Ends an exchange in time. A socket's own timeout begins anew with every byte that trickles in; this one does not.

    It keeps a second handle of the socket, which stays good while TLS is laid over the first, and shuts it down.
    """

    def __init__(self, seconds: float):
        self._end = time.monotonic() + seconds
        self._handle: socket.socket | None = None
        self._timer: threading.Timer | None = None

    def __enter__(self) -> "Deadline":
        return self

    def __exit__(self, *_) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()
            self._handle.close()

    @property
    def over(self) -> bool:
        return time.monotonic() >= self._end

    def left(self) -> float:
        """Seconds. TimeoutError where there are none."""
        seconds = self._end - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("timed out")
        return seconds

    def watch(self, plain: socket.socket) -> socket.socket:
        self._handle = socket.socket(fileno=os.dup(plain.fileno()))  # what speaks TLS already has no dup()
        self._timer = threading.Timer(max(0.0, self._end - time.monotonic()), self._shut)
        self._timer.daemon = True
        self._timer.start()
        return plain

    def _shut(self) -> None:
        with contextlib.suppress(OSError):  # the other side was first
            self._handle.shutdown(socket.SHUT_RDWR)
