"""What can go wrong, with the codes of the protocol.

ImsiteError
├── Invalid · Unauthenticated · Forbidden · NotFound · Conflict · TooLarge · RateLimited · Internal · Busy
├── Unreachable    no answer came
├── Closed         the server ended the socket and said not to come back
└── WrongUser      the state that was kept is another user's
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class ImsiteError(Exception):
    """Something went wrong: `code` for programs, `message` a sentence for people.

    `fields` says by name what is wrong with which field, `status` is that of HTTP where there was one, and
    `retry_after` the seconds after which another attempt makes sense.
    """

    code: str = "unknown"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        fields: Mapping[str, Any] | None = None,
        status: int | None = None,
        retry_after: float | None = None,
    ):
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.fields = dict(fields or {})
        self.status = status
        self.retry_after = retry_after

    def __str__(self) -> str:
        fields = f" {self.fields}" if self.fields else ""
        return f"{self.code}: {self.message}{fields}"


class Answered(ImsiteError):
    """The server said no, with one of the codes that socket and REST share."""

    of_status: ClassVar[int] = 0


class Invalid(Answered):
    code, of_status = "invalid", 400


class Unauthenticated(Answered):
    code, of_status = "unauthenticated", 401


class Forbidden(Answered):
    code, of_status = "forbidden", 403


class NotFound(Answered):
    code, of_status = "not_found", 404


class Conflict(Answered):
    code, of_status = "conflict", 409


class TooLarge(Answered):
    code, of_status = "too_large", 413


class RateLimited(Answered):
    code, of_status = "rate_limited", 429


class Internal(Answered):
    code, of_status = "internal", 500


class Busy(Answered):
    code, of_status = "busy", 503


class Unreachable(ImsiteError):
    """No answer came: whether something was done is not known."""

    code = "unreachable"


class Closed(ImsiteError):
    """The server ended the socket for good, with `close_code`: don't come back until something has changed."""

    code = "closed"

    def __init__(self, message: str, *, close_code: int | None = None, status: int | None = None):
        super().__init__(message, status=status)
        self.close_code = close_code


class WrongUser(ImsiteError):
    """The state that was kept belongs to another user than the token."""

    code = "wrong_user"


KINDS: tuple[type[Answered], ...] = (
    Invalid,
    Unauthenticated,
    Forbidden,
    NotFound,
    Conflict,
    TooLarge,
    RateLimited,
    Internal,
    Busy,
)
_BY_CODE = {kind.code: kind for kind in KINDS}
_BY_STATUS = {kind.of_status: kind for kind in KINDS}


def answered(
    code: str | None,
    message: str,
    *,
    fields: Mapping[str, Any] | None = None,
    status: int | None = None,
    retry_after: float | None = None,
) -> Answered:
    """The error with this code; without one, as from a proxy, the one of the status."""
    kind = _BY_CODE.get(code or "") or (_BY_STATUS.get(status or 0) if code is None else None) or Answered
    return kind(message, code=code, fields=fields, status=status, retry_after=retry_after)
