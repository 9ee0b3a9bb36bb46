"""Run as a script against a database: pairs who have a conversation, one for each test.

Prints {"pairs": […], "sessions": {username: session key}} as JSON.
"""

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imsite.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth.hashers import make_password  # noqa: E402
from django.test import Client  # noqa: E402

from messages_store.models import User  # noqa: E402
from messages_store.services import conversations  # noqa: E402


def main(count: int, password: str) -> None:
    hashed = make_password(password)
    pairs = []
    for number in range(count):
        alice, bob = (
            User.objects.create(username=f"{name.lower()}{number}", display_name=f"{name} {number}", password=hashed)
            for name in ("Alice", "Bob")
        )
        conversation = conversations.open_direct(user_id=alice.pk, other_id=bob.pk)
        pairs.append({"alice": alice.username, "bob": bob.username, "conversation": conversation.pk})
    sessions = {user.username: session_of(user) for user in User.objects.all()}
    print(json.dumps({"pairs": pairs, "sessions": sessions}))


def session_of(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
