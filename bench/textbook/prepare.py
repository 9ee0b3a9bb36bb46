"""`python -m bench.textbook.prepare 100`: the tables and so many users; prints their ids as JSON."""

import json
import sys

import django

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402

call_command("migrate", verbosity=0)
User = get_user_model()
users = User.objects.bulk_create([User(username=f"u{n:05}") for n in range(1, int(sys.argv[1]) + 1)])
print(json.dumps([user.pk for user in users]))
