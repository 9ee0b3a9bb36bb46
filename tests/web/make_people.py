"""Run as a script against a database: pairs who have a conversation, one for each test.

Prints {"pairs": […], "talkative": pair, "sessions": {username: session key}, "ids": {username: id}} as JSON. The
talkative ones have a history of "message 1" to "message 120", by Alice.
"""

import json
import os
import sys
from uuid import uuid4

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imsite.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth.hashers import make_password  # noqa: E402
from django.test import Client  # noqa: E402

from messages_store.drafts import Draft  # noqa: E402
from messages_store.models import User  # noqa: E402
from messages_store.services import conversations, sending  # noqa: E402


def main(count: int, password: str) -> None:
    hashed = make_password(password)
    talkative, *pairs = [make_pair(number, hashed) for number in range(count + 1)]
    talk(talkative, 120)
    sessions = {user.username: session_of(user) for user in User.objects.all()}
    ids = {user.username: user.pk for user in User.objects.all()}
    print(json.dumps({"pairs": pairs, "talkative": talkative, "sessions": sessions, "ids": ids}))


def make_pair(number: int, password: str) -> dict:
    alice, bob = (
        User.objects.create(username=f"{name.lower()}{number}", display_name=f"{name} {number}", password=password)
        for name in ("Alice", "Bob")
    )
    for one, other in ((alice, bob), (bob, alice)):  # both have it in their list
        conversation = conversations.open_direct(user_id=one.pk, other_id=other.pk)
    return {"alice": alice.username, "bob": bob.username, "conversation": conversation.pk}


def talk(pair: dict, count: int) -> None:
    alice = User.objects.get(username=pair["alice"])
    sending.send(
        [
            Draft(sender=alice.pk, client_id=uuid4(), body=f"message {number}", conversation=pair["conversation"])
            for number in range(1, count + 1)
        ]
    )


def session_of(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
