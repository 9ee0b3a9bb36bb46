"""Run as a script against a database: a history of "message 1" to "message N" by one person, of several heights."""

import os
import sys
from uuid import uuid4

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imsite.settings")
os.environ["IM_SENDS_PER_MINUTE"] = "1000000"
django.setup()

from messages_store.drafts import Draft  # noqa: E402
from messages_store.models import User  # noqa: E402
from messages_store.services import sending  # noqa: E402

BATCH = 500


def main(username: str, conversation: int, count: int) -> None:
    alice = User.objects.get(username=username)
    for first in range(1, count + 1, BATCH):
        numbers = range(first, min(first + BATCH, count + 1))
        sending.send([draft(alice, conversation, number) for number in numbers])


def draft(alice: User, conversation: int, number: int) -> Draft:
    body = f"message {number}" + " and so on" * (number * 7 % 40)
    return Draft(sender=alice.pk, client_id=uuid4(), body=body, conversation=conversation)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
