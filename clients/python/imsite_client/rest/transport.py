"""One call: sent, sent again where that is safe, its answer read or raised."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import httpx
import msgspec

from ..backoff import Backoff
from ..errors import ImsiteError, Unreachable, answered

T = TypeVar("T")
logger = logging.getLogger("imsite_client")

NOT_DONE = frozenset({429})  # refused before anything was done
UNKNOWN = frozenset({502, 503, 504})  # something may have been done


@dataclass(frozen=True)
class Retries:
    """How often a call is made at most, and how many seconds all of its pauses may take together."""

    attempts: int = 5
    patience: float = 60.0
    backoff: Backoff = field(default_factory=Backoff)
    sleep: Callable[[float], None] = time.sleep


class Transport:
    """Makes calls. A call is `repeatable` where doing it twice is as doing it once."""

    def __init__(self, http: httpx.Client, retries: Retries):
        self._http = http
        self._retries = retries

    def get(self, path: str, answer: type[T], **query: Any) -> T:
        return self.call("GET", path, answer, query=query, repeatable=True)

    def call(
        self,
        method: str,
        path: str,
        answer: type[T],
        *,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool,
    ) -> T:
        """The answer as a record; `type(None)` where there is none to read."""
        request = self._http.build_request(
            method, path, params=_query(query), json=body and given(body), headers=dict(headers or {})
        )
        response = self._answer(request, repeatable=repeatable)
        if answer is type(None):
            return answer()
        try:
            return msgspec.json.decode(response.content, type=answer)
        except msgspec.MsgspecError as error:
            raise ImsiteError(f"This is no answer of imsite: {error}", status=response.status_code) from error

    def pages(self, path: str, item: type[T], *, cursor: str = "cursor", **query: Any) -> Iterator[T]:
        """What a list has, page by page as it is asked for; `cursor` names the parameter that takes `next`."""
        while True:
            page = self.get(path, _Page, **query)
            yield from (msgspec.convert(one, item) for one in page.results)
            if page.next is None:
                return
            query[cursor] = page.next

    def _answer(self, request: httpx.Request, *, repeatable: bool) -> httpx.Response:
        spent = 0.0
        for attempt in range(1, self._retries.attempts + 1):
            response, error, again = self._try(request, repeatable=repeatable)
            if response is not None and error is None:
                return response
            assert error is not None  # noqa: S101 (for the type checker)
            pause = (error.retry_after or 0) + self._retries.backoff.after(attempt)
            spent += pause
            if not again or attempt == self._retries.attempts or spent > self._retries.patience:
                raise error
            logger.info("%s %s: %s; again in %.1f s", request.method, request.url.path, error.code, pause)
            self._retries.sleep(pause)
        raise AssertionError("Retries.attempts must be at least 1")

    def _try(
        self, request: httpx.Request, *, repeatable: bool
    ) -> tuple[httpx.Response | None, ImsiteError | None, bool]:
        """The answer, or what went wrong and whether it may be tried again."""
        try:
            response = self._http.send(request)
        except httpx.TransportError as error:
            never_sent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
            return None, Unreachable(f"{type(error).__name__}: {error}"), repeatable or never_sent
        if response.is_success:
            return response, None, False
        status = response.status_code
        return response, _error(response), status in NOT_DONE or (repeatable and status in UNKNOWN)


class _Page(msgspec.Struct):
    results: list[Any]
    next: str | int | None = None


class _Refusal(msgspec.Struct):
    code: str
    message: str = ""
    fields: dict[str, Any] | None = None


def given(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Without what nobody said."""
    return {name: value for name, value in fields.items() if value is not None}


def _query(fields: Mapping[str, Any] | None) -> dict[str, Any]:
    return given(fields or {})


def _error(response: httpx.Response) -> ImsiteError:
    status, retry_after = response.status_code, seconds(response.headers.get("Retry-After"))
    try:
        refusal = msgspec.json.decode(response.content, type=_Refusal)
    except msgspec.MsgspecError:  # a proxy's page
        return answered(None, f"HTTP {status} {response.reason_phrase}", status=status, retry_after=retry_after)
    return answered(refusal.code, refusal.message, fields=refusal.fields, status=status, retry_after=retry_after)


def seconds(retry_after: str | None) -> float | None:
    """What a Retry-After says: seconds, or a date of HTTP."""
    if not retry_after:
        return None
    if retry_after.strip().isdigit():
        return float(retry_after)
    try:
        until = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())
