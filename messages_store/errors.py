"""What can go wrong, with the codes of the wire. The docstring is the message.

ChatError
├── Invalid            400
│   └── UnusableAttachment
├── Unauthenticated    401
├── Forbidden          403
│   └── OutOfScope
├── NotFound           404
│   ├── NoSuchConversation
│   └── NoSuchUser
├── Conflict           409
│   ├── NameTaken
│   └── Recalled
├── TooLarge           413
├── RateLimited        429
├── Internal           500
└── Busy               503
"""

from django.utils.translation import gettext as _


class ChatError(Exception):
    """Something went wrong."""

    code, status = "invalid", 400
    retry_after: float | None = None  # seconds

    def __init__(self, message: str | None = None):
        self.message = message or _(self.__doc__)
        super().__init__(self.message)


class Invalid(ChatError):
    """This cannot be understood."""


class UnusableAttachment(Invalid):
    """An attachment is not there, not yours, not ready, or was sent before."""


class Unauthenticated(ChatError):
    """Sign in first."""

    code, status = "unauthenticated", 401


class Forbidden(ChatError):
    """You may not do this."""

    code, status = "forbidden", 403


class OutOfScope(Forbidden):
    """This token may not do this."""

    def __init__(self, scope: str):
        super().__init__(_("This token may not do this: it lacks the scope %(scope)s.") % {"scope": scope})


class NotFound(ChatError):
    """There is no such thing, or it is not yours."""

    code, status = "not_found", 404


class NoSuchConversation(NotFound):
    """There is no such conversation, or you are not in it."""


class NoSuchUser(NotFound):
    """There is no such user."""


class Conflict(ChatError):
    """This client_id was used for another message."""

    code, status = "conflict", 409


class NameTaken(Conflict):
    """A user with that username already exists."""


class Recalled(Conflict):
    """This message was recalled."""


class TooLarge(ChatError):
    """This is too long."""

    code, status = "too_large", 413


class RateLimited(ChatError):
    """Too much at once."""

    code, status = "rate_limited", 429

    def __init__(self, message: str | None = None, *, retry_after: float | None = None):
        super().__init__(message)
        self.retry_after = retry_after


class Internal(ChatError):
    """Something went wrong here. It is not your fault, and it is written down."""

    code, status = "internal", 500


class Busy(ChatError):
    """The server cannot take this right now; send it again with the same client_id."""

    code, status = "busy", 503
    retry_after = 1
