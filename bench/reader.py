"""`python -m bench.reader MESSAGES CONVERSATIONS`, for bench.page: somebody with so many conversations in the database.

Prints {"session": its key, "conversation": the id of the one with so many messages} as JSON.
"""

import json
import os
import sys
from uuid import uuid4

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imsite.settings")
BATCH = 500


def main(messages: int, conversations: int) -> None:
    django.setup()
    from django.conf import settings
    from django.test import Client

    from messages_store.models import User
    from messages_store.services import conversations as opening

    reader, *others = [
        User.objects.create(username=f"person{n}", display_name=f"Person {n}") for n in range(conversations + 1)
    ]
    long, *rest = [opening.open_direct(user_id=reader.pk, other_id=other.pk).pk for other in others]
    say(others[0].pk, long, messages)
    for other, conversation in zip(others[1:], rest, strict=True):
        say(other.pk, conversation, 3)
    client = Client()
    client.force_login(reader)
    print(json.dumps({"session": client.cookies[settings.SESSION_COOKIE_NAME].value, "conversation": long}))


def say(sender: int, conversation: int, count: int) -> None:
    from messages_store.drafts import Draft
    from messages_store.services import sending

    for first in range(1, count + 1, BATCH):
        numbers = range(first, min(first + BATCH, count + 1))
        drafts = [
            Draft(
                sender=sender, client_id=uuid4(), conversation=conversation, body=f"message {n}, and a few words more"
            )
            for n in numbers
        ]
        sending.send(drafts)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
