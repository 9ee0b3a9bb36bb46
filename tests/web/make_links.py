"""Run as a script: where mails would lead `username` to, {"reset": path, "unsubscribe": address} as JSON."""

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imsite.settings")
django.setup()

from django.contrib.auth.tokens import default_token_generator  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils.encoding import force_bytes  # noqa: E402
from django.utils.http import urlsafe_base64_encode  # noqa: E402

from messages_store.models import User  # noqa: E402
from messages_store.services import unsubscribing  # noqa: E402


def main(username: str) -> None:
    user = User.objects.get(username=username)
    reset = [urlsafe_base64_encode(force_bytes(user.pk)), default_token_generator.make_token(user)]
    leave = unsubscribing.address(user_id=user.pk, notifier="email")
    print(json.dumps({"reset": reverse("reset-confirm", args=reset), "unsubscribe": leave}))


if __name__ == "__main__":
    main(sys.argv[1])
