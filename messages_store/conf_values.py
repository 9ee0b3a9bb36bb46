"""What the text of a setting may be: readers for conf.py, each of which raises ValueError. Pure."""

import json
import re
from base64 import b64decode, urlsafe_b64decode
from binascii import Error as NotBase64
from collections.abc import Callable
from datetime import time
from email.utils import parseaddr
from string import Formatter
from urllib.parse import SplitResult, unquote, urlsplit
from zoneinfo import ZoneInfo

# What IM_WECHAT_DATA may be made of.
WECHAT_WORDS = ("summary", "messages", "conversations", "notifications", "titles", "oldest", "name")
MAIL_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


def in_braces(between: str = ", ") -> str:
    return between.join(f"{{{word}}}" for word in WECHAT_WORDS)


def names(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip() not in ("", "none")]


def quiet_hours(text: str) -> tuple[time, time] | None:
    """22:00-07:00: from when to when nobody is reminded of what is not urgent."""
    if not text:
        return None
    start, end = (time.fromisoformat(part.strip()) for part in text.split("-"))
    if start.tzinfo or end.tzinfo:  # they are hours of each person's own time zone
        raise ValueError(text)
    return start, end


def time_zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (KeyError, OSError):  # no such zone, or the name of a directory
        raise ValueError(text) from None
    return text


def page_address(text: str) -> str:
    parts = urlsplit(text)
    if text and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment):
        raise ValueError(text)
    return text.rstrip("/")


def yes_or_no(text: str) -> bool:
    words = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
    if text.strip().lower() not in words:
        raise ValueError(text)
    return words[text.strip().lower()]


def one_of(*choices: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(text)
        return text

    return read


def token(text: str) -> str:
    """Printable ASCII without spaces."""
    if not re.fullmatch(r"[!-~]*", text):
        raise ValueError(text)
    return text


def _parts(text: str, *schemes: str) -> SplitResult:
    parts = urlsplit(token(text))
    if parts.scheme not in schemes or not parts.hostname or parts.port == 0 or parts.fragment:
        raise ValueError(text)
    return parts


def address(text: str) -> str:
    """A URL without user and password."""
    if text and "@" in _parts(text, "http", "https").netloc:
        raise ValueError(text)
    return text


def site(text: str) -> str:
    """The same without a query, and without a slash at its end."""
    if text and urlsplit(address(text)).query:
        raise ValueError(text)
    return text.rstrip("/")


def contact(text: str) -> str:
    if text.startswith("mailto:"):
        return f"mailto:{mail_address(text.removeprefix('mailto:')) or _none()}"
    if text:
        _parts(text, "https")
    return text


def _none() -> str:
    raise ValueError


def mail_address(text: str) -> str:
    if text and not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", parseaddr(text)[1]):
        raise ValueError(text)
    return text


def mail_server(text: str) -> dict | None:
    """The arguments of Django's SMTP backend."""
    if not text:
        return None
    parts = _parts(text, *MAIL_PORTS)
    if parts.path not in ("", "/") or parts.query:
        raise ValueError(text)
    return {
        "host": parts.hostname,
        "port": parts.port or MAIL_PORTS[parts.scheme],
        "username": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "use_tls": parts.scheme == "smtp+starttls",
        "use_ssl": parts.scheme == "smtps",
    }


def webhook_secret(text: str) -> str:
    """As Standard Webhooks writes keys."""
    if text and not (text.startswith("whsec_") and 24 <= len(_bytes(text.removeprefix("whsec_"))) <= 64):
        raise ValueError
    return text


def webpush_key(text: str) -> str:
    if text and (not re.fullmatch(r"[\w-]{43}", text, re.ASCII) or not any(urlsafe_b64decode(text + "="))):
        raise ValueError
    return text


def _bytes(text: str) -> bytes:
    try:
        return b64decode(text + "=" * (-len(text) % 4), validate=True)
    except NotBase64:
        raise ValueError from None


def wechat_app(text: str) -> str:
    if text and not re.fullmatch(r"wx[0-9a-f]{16}", text):
        raise ValueError(text)
    return text


def wechat_secret(text: str) -> str:
    if text and not re.fullmatch(r"[0-9a-zA-Z]{32}", text):
        raise ValueError
    return text


def wechat_data(text: str) -> dict[str, str]:
    """By field of the template: a text with {words} in it."""
    found = json.loads(text) if text else {}
    if not isinstance(found, dict) or (text and not found):
        raise ValueError(text)
    for field, value in found.items():
        if not re.fullmatch(r"[a-z_]+[0-9]*", field) or not isinstance(value, str):
            raise ValueError(text)
        for _literal, word, form, conversion in Formatter().parse(value):
            if form or conversion or word not in (None, *WECHAT_WORDS):
                raise ValueError(text)
    return found
