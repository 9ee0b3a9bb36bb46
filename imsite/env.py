"""The environment, read strictly: a wrong value stops the start with one sentence that says what would be right."""

import json
import os
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import dj_database_url

from messages_store.conf import BadSetting


def secret(name: str) -> str:
    """A key of at least 50 characters."""
    value = os.environ.get(name, "")
    if len(value) < 50 or len(set(value)) < 5:
        raise BadSetting(
            f"{name} must be a random text of at least 50 characters; "
            "`python -c 'import secrets; print(secrets.token_urlsafe(50))'` makes one."
        )
    return value


def boolean(name: str, default: bool) -> bool:
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value in ("true", "1", "yes", "on"):
        return True
    if value in ("false", "0", "no", "off"):
        return False
    raise BadSetting(f"{name} must be true or false, not {value!r}.")


def choice(name: str, choices: tuple[str, ...], default: str) -> str:
    """One of these words, whatever its case."""
    value = os.environ.get(name, "").strip().upper() or default
    if value not in choices:
        raise BadSetting(f"{name} must be one of {', '.join(choices)}, not {value!r}.")
    return value


def texts(name: str, default: str = "") -> list[str]:
    """A comma-separated list."""
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


def hosts(name: str, debug: bool) -> list[str]:
    """Host names, without scheme or port."""
    found = texts(name, "127.0.0.1,localhost,[::1]" if debug else "")
    if not found:
        raise BadSetting(f"{name} must name the hosts that this site answers for, such as chat.example.com.")
    for host in found:
        if "/" in host or (":" in host and not (host.startswith("[") and host.endswith("]"))):
            raise BadSetting(f"{name} takes host names without scheme or port, such as chat.example.com, not {host!r}.")
    return found


def storage(name: str, directory: str, default: Path) -> dict:
    """One of Django's STORAGES: as JSON, or files in a directory of this machine."""
    given = os.environ.get(name, "").strip()
    if not given:
        where = Path(os.environ.get(directory) or default)
        if not where.is_absolute():
            raise BadSetting(
                f"{directory} must be an absolute path such as /srv/imsite/attachments, not {str(where)!r}."
            )
        options = {"location": str(where), "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700}
        return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}
    try:
        found = json.loads(given)
        if isinstance(found["BACKEND"], str) and isinstance(found.get("OPTIONS", {}), dict):
            return found
    except (ValueError, TypeError, KeyError):
        pass
    raise BadSetting(f'{name} must be JSON such as {{"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": {{…}}}}.')


def origins(name: str) -> list[str]:
    found = texts(name)
    for origin in found:
        parts = address(origin)
        if parts is None or parts.scheme not in ("http", "https") or not parts.hostname or parts.path:
            raise BadSetting(f"{name} takes origins such as https://chat.example.com, not {origin!r}.")
    return found


def address(url: str) -> SplitResult | None:
    """The parts of a URL; None where its host or port can be none."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # read only now, and then it may be no number
    except ValueError:
        return None
    return parts


def database(name: str, default: str) -> dict:
    """Django's description of the database at a postgres:// or sqlite:/// address."""
    url = os.environ.get(name) or default
    right = f"{name} must be like postgres://user:password@host:5432/name or sqlite:///path/to/file"
    if not url:
        raise BadSetting(f"{right}; it is missing.")
    try:
        found = dj_database_url.parse(url)
    except Exception:
        found = {}
    engine = found.get("ENGINE", "").rsplit(".", 1)[-1]
    if engine not in ("postgresql", "sqlite3") or not found.get("NAME"):
        raise BadSetting(f"{right}, not of the kind {url.split(':', 1)[0]!r}.")
    if ":memory:" in str(found["NAME"]):
        raise BadSetting(f"{right}; in memory, each thread would have a database of its own.")
    return found


def redis_urls(name: str) -> list[str]:
    """The Redis servers that share the channel layer; none: one process with the in-memory layer."""
    found = texts(name)
    for url in found:
        parts = address(url)
        known = parts is not None and parts.scheme in ("redis", "rediss", "unix")
        if not known or not (parts.hostname or parts.path):
            raise BadSetting(f"{name} must be like redis://host:6379, not of the kind {url.split(':', 1)[0]!r}.")
    return found
