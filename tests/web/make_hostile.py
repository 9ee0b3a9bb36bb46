"""Run as a script: people who call themselves by the payloads. Prints [{"id", "username", "name", "session"}, …]."""

import json
import os
from uuid import uuid4

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imsite.settings")
django.setup()

from messages_store.models import User  # noqa: E402

from .make_people import session_of  # noqa: E402
from .payloads import PAYLOADS  # noqa: E402


def make(name: str) -> dict:
    user = User.objects.create(username=f"hostile-{uuid4().hex[:12]}", display_name=name)
    return {"id": user.pk, "username": user.username, "name": name, "session": session_of(user)}


if __name__ == "__main__":
    print(json.dumps([make(payload) for payload in PAYLOADS]))
