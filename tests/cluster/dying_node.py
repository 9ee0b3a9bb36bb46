"""A node that dies between a commit and its ring, again and again: `python -m tests.cluster.dying_node MOMENT serve …`.

`unanswered`: before anybody was told. `answered`: when the senders have their `accepted`, and nobody else knows.
"""

import asyncio
import os
import sys
from itertools import count

import django
from django.core.management import execute_from_command_line

from chat import bells
from messages_store import publish

RINGS = 10  # that it lives for
ANSWERS_LEAVE = 0.05  # seconds
CODE = 70  # that it ends with

calls = count(1)


def die_unanswered() -> None:
    ring = bells.Bells.ring

    def ring_or_die(self, events):
        if events and next(calls) > RINGS:
            os._exit(CODE)
        ring(self, events)

    bells.Bells.ring = ring_or_die


def die_answered() -> None:
    ring = publish.ring

    async def ring_or_die(layer, events):
        if next(calls) > RINGS:
            await asyncio.sleep(ANSWERS_LEAVE)
            os._exit(CODE)
        await ring(layer, events)

    publish.ring = ring_or_die


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imsite.settings")
    django.setup()
    {"unanswered": die_unanswered, "answered": die_answered}[sys.argv[1]]()
    execute_from_command_line(["manage.py", *sys.argv[2:]])
