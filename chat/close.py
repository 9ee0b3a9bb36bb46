"""Why the server closes a socket."""


class Close:
    """Close codes. 4000–4499: come back; 4500–4999: don't, until something changes."""

    DRAINING = 4000
    STORE_UNAVAILABLE = 4001
    NO_HELLO = 4002
    NO_SIGN_OF_LIFE = 4003
    RATE_EXCEEDED = 4008
    MALFORMED = 4500
    NOT_AUTHENTICATED = 4501
    SIGNED_OUT = 4502
    REPLACED = 4503
    ENDED = 4504
