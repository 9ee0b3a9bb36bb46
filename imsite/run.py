"""`make run`: one node on this machine, from nothing, with SQLite. For trying out only.

With arguments it runs that command of manage.py under the same settings: `.venv/bin/python -m imsite.run shell`.
"""

import os
import secrets
import sys
from pathlib import Path

from imsite.localservers.ports import is_free

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
SIGN_IN_AGAIN = """\
Sign in as alice, bob, charlie or dora with the password that the first start printed;
`.venv/bin/python -m imsite.run changepassword alice` sets another one."""


def main() -> None:
    _choose_settings()
    if sys.argv[1:]:
        become_manage(sys.argv[1:])
    port = _port()
    _prepare_database()
    print(f"\n  http://{HOST}:{port}   (Ctrl-C stops it)\n", flush=True)
    become_manage(["serve", "--bind", HOST, "--port", str(port)])


def kept_secret_key() -> str:
    """The key in var/secret_key; made by the first who asks, readable for its owner only."""
    path = ROOT / "var" / "secret_key"
    path.parent.mkdir(exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    key = secrets.token_urlsafe(50)
    with open(descriptor, "w") as file:
        file.write(key)
    return key


def _choose_settings() -> None:
    """What the caller left open; an empty variable counts as left open."""
    os.environ["DEBUG"] = os.environ.get("DEBUG") or "true"
    os.environ["SECRET_KEY"] = os.environ.get("SECRET_KEY") or kept_secret_key()
    os.environ["DATABASE_URL"] = os.environ.get("DATABASE_URL") or f"sqlite:///{ROOT}/var/imsite.sqlite3"


def become_manage(arguments: list[str]) -> None:
    """Take this process' place, so that signals reach the node directly."""
    os.chdir(ROOT)
    os.execv(sys.executable, [sys.executable, "manage.py", *arguments])  # noqa: S606


def _port() -> int:
    text = os.environ.get("PORT") or "8000"
    if not (text.isascii() and text.isdecimal()) or not 0 < int(text) < 65_536:
        sys.exit(f"PORT must be a number from 1 to 65535, not {text!r}.")
    if not is_free(int(text), HOST):
        sys.exit(f"Port {text} is taken: end what listens there, or choose another one with `make run PORT=8080`.")
    return int(text)


def _prepare_database() -> None:
    """Migrate; on the first start also make people to try it with, whose password is printed."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imsite.settings")
    import django
    from django.core.management import call_command
    from django.db import connections

    django.setup()
    from django.contrib.auth import get_user_model

    call_command("migrate", verbosity=0)
    if get_user_model().objects.exists():
        print(SIGN_IN_AGAIN)
    else:
        call_command("demo")
    connections.close_all()


if __name__ == "__main__":
    main()
