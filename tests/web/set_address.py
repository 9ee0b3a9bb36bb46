"""Run as a script against a database: gives somebody an e-mail address. `username address`"""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imsite.settings")
django.setup()

from messages_store.models import User  # noqa: E402

if __name__ == "__main__":
    assert User.objects.filter(username=sys.argv[1]).update(email=sys.argv[2]) == 1
