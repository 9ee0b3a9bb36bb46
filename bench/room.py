"""`python -m bench.room ID …`: one group of these users in this project's database; prints its id."""

import sys

import django

django.setup()

from messages_store.models import User  # noqa: E402
from messages_store.services.conversations import create_group  # noqa: E402

people = list(User.objects.filter(pk__in=sys.argv[1:]))
print(create_group(creator=people[0], title="everyone", members=people).pk)
